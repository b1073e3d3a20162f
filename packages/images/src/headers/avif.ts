import type { Blocks } from './blocks.ts'
import type { Header } from './header.ts'

interface Box {
  type: string
  /** Of its content. */
  start: number
  end: number
}

/**
 * ISO 23008-12: boxes of size (4), type (4) and content. The properties of all pictures of the file (the one that is shown, its tiles, its
 * transparency) lie in meta/iprp/ipco; the largest counts, and the dearest coding.
 */
export async function avif(file: Blocks): Promise<Header | undefined> {
  const meta = await find(file, 'meta', { start: 0, end: Number.MAX_SAFE_INTEGER })
  // Version and flags (4) come first.
  const properties = meta && (await find(file, 'iprp', { start: meta.start + 4, end: meta.end }))
  const container = properties && (await find(file, 'ipco', properties))
  if (!container) return undefined
  let size = { width: 0, height: 0 }
  const codings: number[] = []
  let hasAlpha = false
  for await (const { type, start } of boxes(file, container)) {
    if (type === 'ispe') {
      const bytes = await file.from(start + 4, 8)
      const [width, height] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)]
      if (width * height > size.width * size.height) size = { width, height }
    } else if (type === 'av1C') codings.push((await file.from(start, 3)).readUInt8(2))
    else if (type === 'auxC') hasAlpha = true
  }
  const isDeep = codings.some((coding) => coding & HIGH_BITDEPTH)
  const isHalved = codings.every((coding) => coding & SUBSAMPLED)
  // Measured: the picture as the decoder keeps it, its copies for prediction, and the same as RGB.
  const kept = (isHalved ? 17 : 20) + (isDeep ? (isHalved ? 3 : 6) : 0)
  return { format: 'avif', ...size, channels: hasAlpha ? 4 : 3, depth: isDeep ? 2 : 1, kind: 'AVIF', kept }
}

const HIGH_BITDEPTH = 0x40
const SUBSAMPLED = 0x08
const MOST_BOXES = 10_000

async function find(file: Blocks, type: string, within: Pick<Box, 'start' | 'end'>): Promise<Box | undefined> {
  for await (const box of boxes(file, within)) if (box.type === type) return box
  return undefined
}

/** Size 1: the size follows (8); size 0: up to the end. */
async function* boxes(file: Blocks, { start, end }: Pick<Box, 'start' | 'end'>): AsyncGenerator<Box> {
  let at = start
  for (let box = 0; at < end && box < MOST_BOXES; box++) {
    const head = await file.from(at, 8)
    const type = head.toString('latin1', 4, 8)
    let [size, length] = [head.readUInt32BE(0), 8]
    if (size === 1) [size, length] = [Number((await file.from(at, 16)).readBigUInt64BE(8)), 16]
    if (size === 0) size = end - at
    if (size < length) return
    yield { type, start: at + length, end: Math.min(end, at + size) }
    at += size
  }
}
