import { AUDIO, type Framing, type Message, VIDEO } from '../hub/message.ts'
import type { RtmpMessage } from './chunk-reader.ts'

/** Payload bytes of our chunks; announced in the answer to `connect`, before anything longer is sent. */
export const CHUNK_BYTES = 65_536
/** The stream id of all media: a connection publishes or plays one stream, so that viewers can share what is sent to them. */
export const STREAM_ID = 1
/** A chunk stream for each kind of message, so that long ones could be interleaved. */
const CHUNK_STREAM = { command: 3, audio: 4, data: 5, video: 6 }
const HEADER_BYTES = 12
const EXTENDED = 0xffffff

/** Messages as RTMP sends them: each with a whole header, so that a viewer can begin with any. */
export const rtmpFraming: Framing = {
  size: ({ timestamp, payload }) => chunksSize(timestamp, payload.length),
  write: (message, bytes, at) => writeChunks({ ...message, streamId: STREAM_ID }, chunkStreamOf(message), bytes, at),
}

/** The bytes of one message. */
export function toChunks(message: RtmpMessage, chunkStream: number = CHUNK_STREAM.command): Buffer {
  const bytes = Buffer.allocUnsafe(chunksSize(message.timestamp, message.payload.length))
  writeChunks(message, chunkStream, bytes, 0)
  return bytes
}

function chunkStreamOf({ type }: Message): number {
  return type === AUDIO ? CHUNK_STREAM.audio : type === VIDEO ? CHUNK_STREAM.video : CHUNK_STREAM.data
}

function chunksSize(timestamp: number, length: number): number {
  const extendedBytes = timestamp >= EXTENDED ? 4 : 0
  const continuations = Math.max(0, Math.ceil(length / CHUNK_BYTES) - 1)
  return HEADER_BYTES + extendedBytes + length + continuations * (1 + extendedBytes)
}

/** A header of format 0, then continuations of format 3 (RTMP 1.0, 5.3.1). Returns where the message ends. */
function writeChunks(message: RtmpMessage, chunkStream: number, bytes: Buffer, at: number): number {
  const { type, streamId, timestamp, payload } = message
  const isExtended = timestamp >= EXTENDED
  bytes[at] = chunkStream
  bytes.writeUIntBE(isExtended ? EXTENDED : timestamp, at + 1, 3)
  bytes.writeUIntBE(payload.length, at + 4, 3)
  bytes[at + 7] = type
  let end = bytes.writeUInt32LE(streamId, at + 8)
  if (isExtended) end = bytes.writeUInt32BE(timestamp, end)
  for (let from = 0; from < payload.length; from += CHUNK_BYTES) {
    if (from > 0) {
      bytes[end++] = 0xc0 | chunkStream
      if (isExtended) end = bytes.writeUInt32BE(timestamp, end)
    }
    end += payload.copy(bytes, end, from, from + CHUNK_BYTES)
  }
  return end
}
