import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

/** Channels by colour type. A palette becomes RGB. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }

/** The first chunk is IHDR: length (4), type (4), width (4), height (4), depth, colour type, compression, filter, interlace (1 each), after a signature of 8. */
export async function png(file: Blocks): Promise<Header | undefined> {
  const head = await file.from(0, 29)
  const channels = CHANNELS[head.readUInt8(25)]
  if (head.toString('latin1', 12, 16) !== 'IHDR' || channels === undefined) return undefined
  const depth = head.readUInt8(24) === 16 ? 2 : 1
  const isInterlaced = head.readUInt8(28) !== 0
  return {
    format: 'png',
    width: head.readUInt32BE(16),
    height: head.readUInt32BE(20),
    channels,
    depth,
    kind: isInterlaced ? 'interlaced PNG' : 'PNG',
    // The seven passes of Adam7 are put together in memory.
    kept: isInterlaced ? channels * depth : 0,
  }
}
