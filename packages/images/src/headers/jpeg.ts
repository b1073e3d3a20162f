import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

// Whole files of cameras have fewer than a hundred; a hostile one has millions.
const MOST_SEGMENTS = 20_000
/** The decoder gives up behind so many. */
const MOST_SCANS = 100

const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda]

interface Frame {
  width: number
  height: number
  components: number
  /** Coefficients for a pixel: 3 of 4:4:4, 1.5 of 4:2:0. */
  samples: number
  isProgressive: boolean
}

/**
 * ITU T.81: segments of marker (2) and length (2) up to a start of frame and the first scan. Stray bytes between segments, fill bytes and
 * lengths below 2 are passed over as every decoder that comes from libjpeg does. What a scan brings of some components only waits for the
 * others as coefficients of two bytes.
 */
export async function jpeg(file: Blocks): Promise<Header | undefined> {
  const found = await frameOf(file)
  if (!found) return undefined
  const { width, height, components, samples, isProgressive } = found.frame
  const { isInPieces, scans } = await scansOf(file, found)
  const name = isProgressive ? 'progressive JPEG' : 'JPEG'
  const kind = components > 3 ? `${name} of four colours` : name
  return {
    format: 'jpeg',
    width,
    height,
    channels: components,
    depth: 1,
    kind,
    kept: isInPieces ? 2 * samples : 0,
    scans,
  }
}

interface FoundFrame {
  frame: Frame
  /** Where the segment behind it begins. */
  end: number
}

async function frameOf(file: Blocks): Promise<FoundFrame | undefined> {
  let position = 2
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    position = await nextMarker(file, position)
    const marker = (await file.from(position, 1)).readUInt8(0)
    if (isStartOfFrame(marker)) return { frame: await readFrame(file, position), end: await endOf(file, position) }
    // The scan begins, the picture ends, or another one begins, before any frame.
    else if (marker === SOS || marker === EOI || marker === SOI) return undefined
    else position = await endOf(file, position)
  }
  return undefined
}

/** The scans up to the end of the picture, or of the file: what is missing brings none. */
async function scansOf(file: Blocks, { frame, end }: FoundFrame): Promise<{ isInPieces: boolean; scans: number }> {
  let isInPieces = frame.isProgressive
  let scans = 0
  let position = end
  try {
    for (let segment = 0; scans <= MOST_SCANS && segment < MOST_SEGMENTS; segment++) {
      position = await nextMarker(file, position)
      const marker = (await file.from(position, 1)).readUInt8(0)
      if (marker === EOI) break
      if (marker === SOS) {
        scans++
        if ((await file.from(position, 4)).readUInt8(3) < frame.components) isInPieces = true
        // The only one, and all of the data.
        if (!isInPieces) break
      }
      position = await endOf(file, position)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return { isInPieces, scans: Math.max(1, scans) }
}

/** Marker (1), length (2), precision (1), height (2), width (2), count (1), and of each component its id, its sampling (½ across, ½ down), its table. */
async function readFrame(file: Blocks, position: number): Promise<Frame> {
  const head = await file.from(position, 9)
  const components = head.readUInt8(8)
  const each = await file.from(position + 9, 3 * components)
  const sampling = Array.from({ length: components }, (_, i) => each.readUInt8(3 * i + 1))
  const across = Math.max(1, ...sampling.map((factors) => factors >> 4))
  const down = Math.max(1, ...sampling.map((factors) => factors & 15))
  const samples = sampling.reduce((sum, factors) => sum + ((factors >> 4) * (factors & 15)) / (across * down), 0)
  const isProgressive = PROGRESSIVE.has(head.readUInt8(0))
  return { height: head.readUInt16BE(4), width: head.readUInt16BE(6), components, samples, isProgressive }
}

/** Of a segment whose marker's code stands at `position`. */
async function endOf(file: Blocks, position: number): Promise<number> {
  return position + 1 + Math.max(2, (await file.from(position, 3)).readUInt16BE(1))
}

/**
 * Where the code of the next marker that begins a segment stands: behind bytes FF, neither FF nor 0 itself. TEM and RST0 to RST7 begin none.
 * Throws RangeError when there is no more.
 */
async function nextMarker(file: Blocks, from: number): Promise<number> {
  let position = from
  for (;;) {
    const bytes = await file.from(position, 1)
    let at = bytes.indexOf(0xff)
    while (at >= 0) {
      let code = at + 1
      while (bytes[code] === 0xff) code++
      if (code >= bytes.length) break
      if (!isNoSegment(bytes[code] as number)) return position + code
      at = bytes.indexOf(0xff, code + 1)
    }
    // Its code may stand in the next block.
    position += at < 0 ? bytes.length : bytes.length - 1
    if (at >= 0) await file.from(position, 2)
  }
}

/** FF 00 is a byte of data. */
const isNoSegment = (code: number) => code === 0 || code === 0x01 || (code >= 0xd0 && code <= 0xd7)

/** SOF0 to SOF15 without the tables DHT, JPG and DAC among them. */
const isStartOfFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const PROGRESSIVE = new Set([0xc2, 0xc6, 0xca, 0xce])
