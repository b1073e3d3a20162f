import { dataOfCut, type JpegScans, type Scan, scansOf } from '@livepods/images/jpeg-scans'
import { ImageUnreadableError } from '@livepods/images/open-image'
import type { Picture } from './pyramid.ts'

/** A picture of which less than this part of the rows came is unreadable. */
const ENOUGH = 0.8
/** Lowest bits of the coefficients that a progressive JPEG may lack: faces are found as well without them. */
const LOW_BITS = 1

/** Pixels of a picture, from 0 to less than its width and height. */
export interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Truncated {
  picture: Picture
  /** The part of the picture that came. */
  came: Area
}

/** Decodes what there is into an upright picture; the decoder fills up the rest. */
type Fill = (bytes: Buffer) => Promise<Picture>

/**
 * Decodes a JPEG whose end is missing or zeros. A decoder fills up what did not come, and does not say where that begins. So the
 * file is decoded twice, as it is and with noise after its end: the rows that are equal in both came. This works for every kind of JPEG.
 * Throws ImageUnreadableError when that is less than 80 % of the rows.
 */
export async function decodeTruncated(
  bytes: Buffer,
  { orientation, fill }: { orientation: number; fill: Fill },
): Promise<Truncated> {
  const data = dataOfCut(bytes)
  if (!data) throw tooLittle(0)
  const scans = scansOf(data)
  const picture = await fill(data)
  const whole: Area = { left: 0, top: 0, right: picture.width, bottom: picture.height }
  if (isKnown(scans, scans.scans.slice(0, -1))) return { picture, came: whole }
  // A progressive JPEG without its later scans lacks detail in every row.
  if (!isKnown(scans, scans.scans)) throw tooLittle(0)
  const other = await fill(withNoise(data))
  const part = partThatCame(picture, other, orientation)
  if (part < ENOUGH) throw tooLittle(part)
  return { picture, came: areaOf(picture, part, orientation) }
}

function tooLittle(part: number): ImageUnreadableError {
  const sentence =
    part > 0 ? `only ${Math.floor(part * 100)} % of its rows are there` : 'too little of it is there to be looked at'
  return new ImageUnreadableError(`The picture is broken or cut off: ${sentence}.`, { cut: true })
}

/** Whether these scans hold all coefficients of the luminance (of every component where there are four), the lowest bit aside. */
function isKnown({ components }: JpegScans, scans: Scan[]): boolean {
  return components.slice(0, components.length === 4 ? 4 : 1).every((component) => {
    const known = new Set<number>()
    for (const { components, first, last, lowBit } of scans)
      if (components.includes(component) && lowBit <= LOW_BITS) for (let k = first; k <= last; k++) known.add(k)
    return known.size === 64
  })
}

/** The same in every run, so that the same bytes always end the same way; without FF, which would begin a marker. */
const NOISE = noise(32 * 1024)
/** So many restart markers follow, each with so many bytes of noise. */
const RESTARTS = 256
const BETWEEN = 64

function noise(length: number): Uint8Array {
  let state = 1
  return Buffer.alloc(length).map(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) & 0xfe
  })
}

/** The data, noise, and restart markers with more noise, since a decoder that waits for such a marker skips what comes before it. */
function withNoise(data: Buffer): Buffer {
  const next = nextRestart(data)
  const restarts = Array.from({ length: RESTARTS }, (_, i) => [
    Buffer.from([0xff, 0xd0 + ((next + i) % 8)]),
    NOISE.subarray(i * BETWEEN, (i + 1) * BETWEEN),
  ])
  return Buffer.concat([data, NOISE, ...restarts.flat()])
}

/** The number, 0 to 7, of the restart marker that comes after the last one of a scan. */
function nextRestart(data: Buffer): number {
  let at = data.lastIndexOf(0xff)
  while (at > 0 && data[at + 1] === 0) at = data.lastIndexOf(0xff, at - 1)
  const marker = data[at + 1] ?? 0
  return marker >= 0xd0 && marker <= 0xd7 ? (marker + 1) % 8 : 0
}

/** Where the first row of the file lies in the upright picture, by its EXIF orientation. */
const FIRST_ROW = ['top', 'top', 'bottom', 'bottom', 'left', 'right', 'right', 'left'] as const

function firstRow(orientation: number) {
  return FIRST_ROW[orientation - 1] ?? 'top'
}

/** The part of the rows, from the first one of the file, that are the same in both. */
function partThatCame(one: Picture, other: Picture, orientation: number): number {
  const { width, height } = one
  const side = firstRow(orientation)
  const sideways = side === 'left' || side === 'right'
  const lines = sideways ? width : height
  const isSame = (line: number) =>
    sideways ? isSameColumn(one, other, line) : Buffer.compare(rowOf(one, line), rowOf(other, line)) === 0
  let same = 0
  while (same < lines && isSame(side === 'top' || side === 'left' ? same : lines - 1 - same)) same++
  return same / lines
}

function rowOf({ data, width }: Picture, row: number): Uint8Array {
  return data.subarray(row * width * 3, (row + 1) * width * 3)
}

function isSameColumn({ data, width, height }: Picture, other: Picture, column: number): boolean {
  for (let row = 0; row < height; row++) {
    const at = (row * width + column) * 3
    if (data[at] !== other.data[at] || data[at + 1] !== other.data[at + 1] || data[at + 2] !== other.data[at + 2])
      return false
  }
  return true
}

function areaOf({ width, height }: Picture, part: number, orientation: number): Area {
  const whole = { left: 0, top: 0, right: width, bottom: height }
  switch (firstRow(orientation)) {
    case 'top':
      return { ...whole, bottom: height * part }
    case 'bottom':
      return { ...whole, top: height * (1 - part) }
    case 'left':
      return { ...whole, right: width * part }
    case 'right':
      return { ...whole, left: width * (1 - part) }
  }
}
