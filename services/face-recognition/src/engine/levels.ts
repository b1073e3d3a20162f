import type { Pyramid } from './pyramid.ts'

/** Longer side in pixels of the copy whose brightness is counted. */
const COUNTED_SIDE = 320
/** A picture whose brightness spans less than this (of 255) is dark or flat, unless half of it is one plain ground. */
const NARROW = 128
const PLAIN = 4
/** A quarter of an overexposed picture or more is at least this bright. */
const OVEREXPOSED = 250
/** Part of the equalised brightness in the result; the rest is the brightness as it was. Of 0.5, 0.7 and 1 this one finds most faces. */
const EQUALISED = 0.7
/**
 * A crop whose brightness spans less than this between ENDS is flat: in it the landmark net misplaces a mouth or an eye. Spread, 21 of 21
 * faces of flat photos are recognised instead of 17, of opencv's 22 of 22.
 */
const FLAT = 110
const ENDS = [0.01, 0.99]
/** Where the darkest and the brightest pixels of a flat crop come to lie. */
const [DARKEST, BRIGHTEST] = [20, 225]

/**
 * What each brightness (0 to 255) becomes for the detector where the picture is dark, flat or overexposed: a histogram equalisation. Undefined
 * for all other pictures: equalised, they would lose small faces on plain ground.
 */
export function levelsOf(pyramid: Pyramid): Uint8Array | undefined {
  const { width, height } = pyramid.picture
  const { data } = pyramid.nearest(Math.max(1, Math.max(width, height) / COUNTED_SIDE)).picture
  const counts = brightnessOf(data)
  const total = data.length / 3
  const isNarrow =
    quantile(counts, total, 0.995) - quantile(counts, total, 0.005) < NARROW &&
    quantile(counts, total, 0.75) - quantile(counts, total, 0.25) >= PLAIN
  if (!isNarrow && quantile(counts, total, 0.75) < OVEREXPOSED) return undefined
  let below = 0
  return Uint8Array.from(counts, (count, brightness) => {
    below += count
    return EQUALISED * 255 * ((below - count / 2) / total) + (1 - EQUALISED) * brightness
  })
}

/** Changes the numbers in place. */
export function applyLevels(data: Uint8Array, levels: Uint8Array): void {
  for (const [i, value] of data.entries()) data[i] = levels[value] as number
}

/** Spreads the brightness of a flat crop of 8-bit RGB, in place; one that has contrast stays as it is. */
export function spreadContrast(crop: Uint8Array): Uint8Array {
  const counts = brightnessOf(crop)
  const [least, most] = ENDS.map((part) => quantile(counts, crop.length / 3, part)) as [number, number]
  if (most - least >= FLAT || most === least) return crop
  const gain = (BRIGHTEST - DARKEST) / (most - least)
  for (const [i, value] of crop.entries()) crop[i] = Math.max(0, Math.min(255, DARKEST + (value - least) * gain))
  return crop
}

/** How many pixels of 8-bit RGB have each brightness (ITU-R BT.601). */
function brightnessOf(data: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256)
  for (let i = 0; i < data.length; i += 3) {
    const brightness = (77 * (data[i] as number) + 150 * (data[i + 1] as number) + 29 * (data[i + 2] as number)) >> 8
    counts[brightness] = (counts[brightness] as number) + 1
  }
  return counts
}

/** The least brightness that this part of all pixels does not exceed. */
function quantile(counts: Uint32Array, total: number, part: number): number {
  let sum = 0
  for (const [brightness, count] of counts.entries()) {
    sum += count
    if (sum >= part * total) return brightness
  }
  return counts.length - 1
}
