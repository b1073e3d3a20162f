import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

/**
 * GIF89a: signature (6), width (2), height (2) of the canvas. The first frame may be larger than it, and the decoder then makes the canvas so:
 * flags (1), background (1), ratio (1), colours, then blocks up to the image: 2C, left (2), top (2), width (2), height (2).
 */
export async function gif(file: Blocks): Promise<Header | undefined> {
  const head = await file.from(0, 13)
  const size = { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
  const flags = head.readUInt8(10)
  let position = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  for (let block = 0; block < MOST_BLOCKS; block++) {
    const bytes = await file.from(position, 2)
    const introducer = bytes.readUInt8(0)
    if (introducer === IMAGE) {
      const frame = await file.from(position, 9)
      const width = Math.max(size.width, frame.readUInt16LE(1) + frame.readUInt16LE(5))
      const height = Math.max(size.height, frame.readUInt16LE(3) + frame.readUInt16LE(7))
      // A canvas of RGBA.
      return { format: 'gif', width, height, channels: 4, depth: 1, kind: 'GIF', kept: 4 }
    }
    if (introducer !== EXTENSION) return undefined
    position += 2
    for (let length = -1; length !== 0; ) {
      length = (await file.from(position, 1)).readUInt8(0)
      position += 1 + length
    }
  }
  return undefined
}

const IMAGE = 0x2c
const EXTENSION = 0x21
const MOST_BLOCKS = 1000
