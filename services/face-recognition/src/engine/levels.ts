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
 * What each brightness (0 to 255) becomes for the detector where the picture is dark, flat or overexposed: a histogram equalisation. Undefined
 * for all other pictures: equalised, they would lose small faces on plain ground.
 */
export function levelsOf(pyramid: Pyramid): Uint8Array | undefined {
  const counts = brightnessOf(pyramid)
  const total = counts.reduce((sum, count) => sum + count, 0)
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

/** How many pixels have each brightness (ITU-R BT.601). */
function brightnessOf(pyramid: Pyramid): Uint32Array {
  const { width, height } = pyramid.picture
  const { data } = pyramid.nearest(Math.max(1, Math.max(width, height) / COUNTED_SIDE)).picture
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
