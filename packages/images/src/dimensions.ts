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

// Whole files of cameras have fewer than a hundred; each costs a read.
const MOST_SEGMENTS = 2000

/** ITU T.81: segments of marker (2) and length (2) up to a start of frame: marker, length, precision (1), height (2), width (2). */
async function jpeg(read: Read): Promise<Dimensions | undefined> {
  let position = 2
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    const head = await read(position, 9)
    if (head.readUInt8(0) !== 0xff) return undefined
    const marker = head.readUInt8(1)
    // Fill bytes.
    if (marker === 0xff) position += 1
    else if (isStartOfFrame(marker)) return { height: head.readUInt16BE(5), width: head.readUInt16BE(7) }
    // The scan begins, or the picture ends, before any frame.
    else if (marker === 0xda || marker === 0xd9) return undefined
    else position += 2 + head.readUInt16BE(2)
  }
  return undefined
}

/** SOF0 to SOF15 without the tables DHT, JPG and DAC among them. */
const isStartOfFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
