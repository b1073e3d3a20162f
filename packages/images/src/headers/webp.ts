import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

const ALPHA = 0x10
const ANIMATION = 0x02

/** RFC 9649: the first chunk is a lossy picture (VP8), a lossless one (VP8L), or the canvas of an extended file (VP8X). */
export async function webp(file: Blocks): Promise<Header | undefined> {
  const head = await file.from(0, 25)
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ': {
      const bytes = await file.from(0, 30)
      const size = { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
      return { format: 'webp', ...size, channels: 3, depth: 1, kind: 'WebP', kept: 0 }
    }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      const size = { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
      return { format: 'webp', ...size, ...LOSSLESS }
    }
    case 'VP8X': {
      const bytes = await file.from(0, 30)
      const size = { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
      const flags = bytes.readUInt8(20)
      // Frames are drawn onto a canvas of RGBA.
      if (flags & ANIMATION) return { format: 'webp', ...size, ...LOSSLESS, kind: 'animated WebP' }
      if (await hasLossless(file)) return { format: 'webp', ...size, ...LOSSLESS }
      const channels = flags & ALPHA ? 4 : 3
      return { format: 'webp', ...size, channels, depth: 1, kind: 'WebP', kept: flags & ALPHA ? 1 : 0 }
    }
    default:
      return undefined
  }
}

/** Its pixels refer to any that came before. */
const LOSSLESS = { channels: 4, depth: 1, kind: 'lossless WebP', kept: 4 } as const

const MOST_CHUNKS = 1000

/** Chunks of type (4), length (4) and data, padded to two, up to the picture itself; true too when it does not come. */
async function hasLossless(file: Blocks): Promise<boolean> {
  let position = 12
  for (let chunk = 0; chunk < MOST_CHUNKS; chunk++) {
    const head = await file.from(position, 8).catch(() => Buffer.from('VP8L'))
    const type = head.toString('latin1', 0, 4)
    if (type === 'VP8 ') return false
    if (type === 'VP8L') return true
    const length = head.readUInt32LE(4)
    position += 8 + length + (length % 2)
  }
  return true
}
