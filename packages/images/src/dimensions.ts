import type { FileHandle } from 'node:fs/promises'
import type { UploadFormat } from './upload.ts'

export interface Dimensions {
  width: number
  height: number
}

type Read = (position: number, length: number) => Promise<Buffer>

/** Pixels that the header of a picture declares, read without decoding anything; undefined when the header is broken. */
export async function dimensionsOf(file: FileHandle, format: UploadFormat): Promise<Dimensions | undefined> {
  const read = async (position: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
  try {
    const { width, height } = (await READERS[format](read)) ?? { width: 0, height: 0 }
    return width > 0 && height > 0 ? { width, height } : undefined
  } catch (error) {
    // Reading beyond the end of what is there.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const READERS: Record<UploadFormat, (read: Read) => Promise<Dimensions | undefined>> = { jpeg, png, webp }

/** The first chunk is IHDR: length (4), type (4), width (4), height (4), after a signature of 8. */
async function png(read: Read): Promise<Dimensions | undefined> {
  const head = await read(0, 24)
  if (head.toString('latin1', 12, 16) !== 'IHDR') return undefined
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
}

/** RFC 9649: the first chunk is a lossy picture (VP8), a lossless one (VP8L), or the canvas of an extended file (VP8X). */
async function webp(read: Read): Promise<Dimensions | undefined> {
  const head = await read(0, 30)
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

// Whole files of cameras have fewer than a hundred; a hostile one has millions.
const MOST_SEGMENTS = 20_000

/**
 * ITU T.81: segments of marker (2) and length (2) up to a start of frame: marker, length, precision (1), height (2), width (2). Stray bytes
 * between segments, fill bytes and lengths below 2 are passed over as every decoder that comes from libjpeg does.
 */
async function jpeg(read: Read): Promise<Dimensions | undefined> {
  const file = new Blocks(read)
  let position = 2
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    position = await nextMarker(file, position)
    const head = await file.from(position)
    const marker = head.readUInt8(0)
    if (isStartOfFrame(marker)) return { height: head.readUInt16BE(4), width: head.readUInt16BE(6) }
    if (isAlone(marker)) position += 1
    // The scan begins, the picture ends, or another one begins, before any frame.
    else if (marker === 0xda || marker === 0xd9 || marker === 0xd8) return undefined
    else position += 1 + Math.max(2, head.readUInt16BE(1))
  }
  return undefined
}

/** Where the code of the next marker stands: behind bytes FF, neither FF nor 0 itself. Throws RangeError when there is none. */
async function nextMarker(file: Blocks, from: number): Promise<number> {
  let position = from
  for (;;) {
    const bytes = await file.from(position)
    const first = bytes.indexOf(0xff)
    let code = first
    while (bytes[code] === 0xff) code++
    if (first < 0) position += bytes.length
    // Its code may stand in the next block.
    else if (code === bytes.length && code > 1) position += code - 1
    else if (bytes.readUInt8(code) === 0) position += code + 1
    else return position + code
  }
}

const BLOCK = 64 * 1024
/** A marker with what is read behind it. */
const HEAD = 9

/** The bytes of a file, a block at a time. */
class Blocks {
  readonly #read: Read
  #block: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(read: Read) {
    this.#read = read
  }

  /** What is there from a position on, at least HEAD bytes where the file has them. Throws RangeError at its end. */
  async from(position: number): Promise<Buffer> {
    const end = this.#start + this.#block.length
    if (position < this.#start || position + HEAD > end) {
      this.#block = await this.#read(position, BLOCK)
      this.#start = position
    }
    if (this.#block.length === 0) throw new RangeError('The file ends here.')
    return this.#block.subarray(position - this.#start)
  }
}

/** TEM and RST0 to RST7 have no length. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)

/** SOF0 to SOF15 without the tables DHT, JPG and DAC among them. */
const isStartOfFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
