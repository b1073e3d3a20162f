import { crc32, deflateSync } from 'node:zlib'

/** Start and step of the seven passes of Adam7, across and down. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A black interlaced RGBA PNG in few bytes, that takes `width` × `height` × 4 × `depth` / 8 bytes to decode; `mark` makes it unlike others. */
export function costlyPng(
  width: number,
  height: number,
  { depth = 8, mark = '' }: { depth?: 8 | 16; mark?: string } = {},
): Buffer {
  const rows = PASSES.map(([x, y, across, down]) => {
    const pixels = Math.ceil((width - x) / across)
    return Buffer.alloc((1 + (pixels * 4 * depth) / 8) * Math.ceil((height - y) / down))
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, 6, 0, 0, 1], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`mark\0${mark}`)),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
