import type { Framing } from '../hub/message.ts'
import type { Tracks } from '../hub/subscriber.ts'

const HEADER_BYTES = 11
const SIZE_BYTES = 4
const AUDIO_FLAG = 4
const VIDEO_FLAG = 1

/** Messages as tags of FLV (version 10.1, annex E.4), each with its size behind it. */
export const flvFraming: Framing = {
  size: ({ payload }) => HEADER_BYTES + payload.length + SIZE_BYTES,
  write({ type, timestamp, payload }, bytes, at) {
    bytes[at] = type
    bytes.writeUIntBE(payload.length, at + 1, 3)
    bytes.writeUIntBE(timestamp & 0xffffff, at + 4, 3)
    bytes[at + 7] = timestamp >>> 24
    bytes.writeUIntBE(0, at + 8, 3)
    const end = at + HEADER_BYTES + payload.copy(bytes, at + HEADER_BYTES)
    return bytes.writeUInt32BE(HEADER_BYTES + payload.length, end)
  },
}

/** What a file begins with. */
export function flvHeader({ audio, video }: Tracks): Buffer {
  const flags = (audio ? AUDIO_FLAG : 0) | (video ? VIDEO_FLAG : 0)
  return Buffer.concat([Buffer.from('FLV\x01'), Buffer.of(flags, 0, 0, 0, 9), Buffer.alloc(SIZE_BYTES)])
}
