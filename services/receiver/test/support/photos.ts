import { randomBytes } from 'node:crypto'

/** The beginning of a PNG of that size, and some bytes that make it unlike any other: nobody here looks further. */
export function png(width: number, height: number, length = 100): Buffer {
  const head = Buffer.alloc(33)
  head.write('\x89PNG\r\n\x1a\n', 0, 'latin1')
  head.writeUInt32BE(13, 8)
  head.write('IHDR', 12, 'latin1')
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return Buffer.concat([head, randomBytes(length)])
}

/** The same as a JPEG, with a thumbnail of its own before the frame, as cameras make it. */
export function jpeg(width: number, height: number): Buffer {
  const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, 0x01, 0x00]), randomBytes(254)])
  const frame = Buffer.from([0xff, 0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3])
  return Buffer.concat([Buffer.from([0xff, 0xd8]), thumbnail, frame, randomBytes(100)])
}

export interface Part {
  name: string
  /** Absent: the part has none. */
  type: string | undefined
  bytes: Buffer
}

/** A form with files, as a browser sends it. */
export function form(parts: Part[]): { headers: Record<string, string>; body: Buffer } {
  const boundary = `----${randomBytes(8).toString('hex')}`
  const pieces = parts.flatMap(({ name, type, bytes }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="photos"; filename="${name}"\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  return { headers, body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]) }
}
