import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

const [WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, STRIP_ROWS, TILE_WIDTH, TILE_ROWS] = [
  256, 257, 258, 262, 277, 278, 322, 323,
]
/** SHORT, LONG, LONG8. */
const SIZES: Record<number, number> = { 3: 2, 4: 4, 16: 8 }
const MOST_ENTRIES = 4096

/**
 * TIFF 6.0: byte order (2), 42 (2), where the first directory lies (4); a directory is a count (2), then entries of tag (2), type (2), count (4)
 * and the value or where the values lie (4). In a BigTIFF (43) the numbers have 8 bytes.
 */
export async function tiff(file: Blocks): Promise<Header | undefined> {
  const isLittle = (await file.from(0, 4)).readUInt8(0) === 0x49
  const number = async (at: number, size: number): Promise<number> => {
    const bytes = await file.from(at, size)
    if (size === 8) return Number(isLittle ? bytes.readBigUInt64LE(0) : bytes.readBigUInt64BE(0))
    return isLittle ? bytes.readUIntLE(0, size) : bytes.readUIntBE(0, size)
  }
  const isBig = (await number(2, 2)) === 43
  const word = isBig ? 8 : 4
  const directory = await number(isBig ? 8 : 4, word)
  const count = await number(directory, isBig ? 8 : 2)
  if (count > MOST_ENTRIES) return undefined
  const values = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const entry = directory + (isBig ? 8 : 2) + i * (isBig ? 20 : 12)
    const size = SIZES[await number(entry + 2, 2)]
    if (!size) continue
    const isInline = (await number(entry + 4, word)) * size <= word
    const tag = await number(entry, 2)
    // Of many values, such as the bits of each channel, the first one.
    if (TAGS.has(tag))
      values.set(tag, await number(isInline ? entry + 4 + word : await number(entry + 4 + word, word), size))
  }
  const width = values.get(WIDTH) ?? 0
  const height = values.get(HEIGHT) ?? 0
  const samples = values.get(SAMPLES) ?? 1
  const bits = values.get(BITS) ?? 1
  const tile = (values.get(TILE_WIDTH) ?? 0) * (values.get(TILE_ROWS) ?? 0)
  const strip = width * Math.min(height, values.get(STRIP_ROWS) ?? height)
  return {
    format: 'tiff',
    width,
    height,
    // Palettes and YCbCr become RGB.
    channels: (values.get(PHOTOMETRIC) ?? 0) > 1 ? Math.max(3, samples) : samples,
    depth: bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8,
    kind: 'TIFF',
    kept: 0,
    piecePixels: tile || strip,
  }
}

const TAGS = new Set([WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, STRIP_ROWS, TILE_WIDTH, TILE_ROWS])
