/** One scan of a JPEG: which coefficients it brings of which components. */
export interface Scan {
  /** Identifiers of its components. */
  components: number[]
  /** Its first and last coefficient of a block, 0 to 63. */
  first: number
  last: number
  /** The lowest bit that is known of them afterwards: 0 = all. */
  lowBit: number
}

export interface JpegScans {
  /** In the order of the file; of one that is cut off the last one is not complete. */
  scans: Scan[]
  /** Identifiers of the components of the frame; the first is the luminance, unless there are four. */
  components: number[]
  /** The marker that ends the picture is there. */
  ended: boolean
}

/** Files of cameras have ten; each costs a walk over the whole picture. */
const MOST_SCANS = 100

/**
 * The data of a JPEG whose end is missing, without the zeros of preallocated space and the FF of erased flash memory at its end. Data may
 * end in such bytes too; that costs a few blocks of a photo, or the even bottom of a drawing. Undefined when the JPEG has its end, has no
 * scan, or has more than MOST_SCANS.
 */
export function dataOfCut(jpeg: Buffer): Buffer | undefined {
  let end = jpeg.length
  while (end > 0 && (jpeg[end - 1] === 0 || jpeg[end - 1] === 0xff)) end--
  const data = jpeg.subarray(0, end)
  const { scans, ended } = scansOf(data)
  return ended || scans.length === 0 || scans.length > MOST_SCANS ? undefined : data
}

const SOF = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])
const EOI = 0xd9
const SOS = 0xda

/** The scans of the first picture of a JPEG, from its markers alone: what follows its end (a preview, a video) plays no part. */
export function scansOf(bytes: Buffer): JpegScans {
  const scans: Scan[] = []
  let components: number[] = []
  let at = markerFrom(bytes, 2)
  while (at >= 0) {
    const marker = bytes[at + 1] as number
    if (marker === EOI) return { scans, components, ended: true }
    if (isAlone(marker)) at = markerFrom(bytes, at + 2)
    else {
      const body = bytes.subarray(at + 4)
      if (SOF.has(marker)) components = identifiers(body.subarray(6), body[5], 3)
      const scan = marker === SOS ? readScan(body) : undefined
      if (scan) scans.push(scan)
      const length = at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0
      at = markerFrom(bytes, at + 2 + Math.max(2, length))
    }
  }
  return { scans, components, ended: false }
}

/** Where the next marker begins, past stray bytes and the data of a scan; -1 when there is none. */
function markerFrom(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from)
  // FF 00 is a byte FF of the data, FF FF fills, and FF D0 to D7 only part a scan.
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1] as number
    if (next !== 0 && next !== 0xff && !isRestart(next)) return at
    at = bytes.indexOf(0xff, next === 0xff ? at + 1 : at + 2)
  }
  return -1
}

const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7

/** TEM and SOI have no length. */
const isAlone = (marker: number) => marker === 0x01 || marker === 0xd8

function identifiers(bytes: Buffer, count = 0, step: number): number[] {
  return Array.from({ length: Math.min(count, 4) }, (_, i) => bytes[i * step] ?? -1)
}

/** ITU T.81, B.2.3: count (1), count × (identifier (1), tables (1)), first (1), last (1), high and low bit (½ each). */
function readScan(body: Buffer): Scan | undefined {
  const count = body[0] ?? 0
  const at = 1 + count * 2
  if (body.length < at + 3) return undefined
  const [first, last, bits] = body.subarray(at, at + 3) as unknown as [number, number, number]
  return { components: identifiers(body.subarray(1), count, 2), first, last: Math.min(last, 63), lowBit: bits & 15 }
}
