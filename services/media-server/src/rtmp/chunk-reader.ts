import { ProtocolError } from '../protocol-error.ts'

/** A whole RTMP message. Nobody writes to `payload` again; it may be part of the piece that it came in. */
export interface RtmpMessage {
  type: number
  streamId: number
  /** Milliseconds, modulo 2^32. */
  timestamp: number
  payload: Buffer
}

export interface ChunkLimits {
  /** Longest message. */
  messageBytes: number
  /** Bytes of messages that have begun and not ended, over all chunk streams. */
  pendingBytes: number
  chunkStreams: number
}

export const SET_CHUNK_SIZE = 1
const ABORT = 2
/** The bytes of a message header, by its format. */
const HEADER_BYTES = [11, 7, 3, 0] as const
/** In place of a timestamp that follows in four bytes of its own. */
const EXTENDED = 0xffffff
const NOTHING = Buffer.alloc(0)

class ChunkStream {
  timestamp = 0
  /** What a header of format 3 adds to the timestamp. */
  delta = 0
  isExtended = false
  length = 0
  type = 0
  streamId = 0
  hasBegun = false
  /** Of the message that has begun, when it came in several pieces. */
  payload: Buffer | undefined
  filled = 0
}

/** Takes the bytes after the handshake, in any pieces to which nobody writes again, and gives whole messages (RTMP 1.0, 5.3). */
export class ChunkReader {
  /** May be replaced at any time. */
  limits: ChunkLimits
  readonly #streams = new Map<number, ChunkStream>()
  #chunkBytes = 128
  /** The beginning of a header, at most 18 bytes. */
  #rest: Buffer = NOTHING
  /** Whose chunk is being read. */
  #current: ChunkStream | undefined
  #leftInChunk = 0
  #pendingBytes = 0
  #whole: RtmpMessage | undefined

  constructor(limits: ChunkLimits) {
    this.limits = limits
  }

  /** The messages that end in this piece; take all before the next one. Throws ProtocolError: the reader is of no use afterwards. */
  *read(piece: Buffer): Generator<RtmpMessage, void> {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    this.#rest = NOTHING
    for (let at = 0; at < bytes.length; ) {
      if (!this.#current) {
        const used = this.#readHeader(bytes, at)
        if (used === 0) {
          this.#rest = Buffer.from(bytes.subarray(at))
          return
        }
        at += used
      }
      at += this.#readPayload(bytes, at)
      const whole = this.#whole
      this.#whole = undefined
      if (whole) yield whole
    }
  }

  /** The bytes that it used, or 0 while the header is not whole. */
  #readHeader(bytes: Buffer, at: number): number {
    const first = bytes[at] as number
    const format = first >> 6
    const low = first & 0x3f
    const start = at + (low === 0 ? 2 : low === 1 ? 3 : 1)
    const end = start + (HEADER_BYTES[format] as number)
    if (bytes.length < end) return 0
    const id = low === 0 ? 64 + (bytes[at + 1] as number) : low === 1 ? 64 + bytes.readUInt16LE(at + 1) : low
    const stream = this.#streams.get(id) ?? this.#open(id, format)
    const isExtended = format === 3 ? stream.isExtended : bytes.readUIntBE(start, 3) === EXTENDED
    if (isExtended && bytes.length < end + 4) return 0
    if (stream.hasBegun && format !== 3)
      throw new ProtocolError(`a message began on chunk stream ${id} before the last one ended`)
    // Some encoders do not repeat the extended timestamp before the later chunks of a message.
    const hasTime = isExtended && (!stream.hasBegun || bytes.readUInt32BE(end) === stream.delta)
    if (!stream.hasBegun) this.#begin(stream, format, bytes, start, isExtended)
    this.#current = stream
    this.#leftInChunk = Math.min(this.#chunkBytes, stream.length - stream.filled)
    return end + (hasTime ? 4 : 0) - at
  }

  #open(id: number, format: number): ChunkStream {
    if (format > 1) throw new ProtocolError(`chunk stream ${id} began without a length`)
    if (this.#streams.size >= this.limits.chunkStreams) throw new ProtocolError('there are too many chunk streams')
    const stream = new ChunkStream()
    this.#streams.set(id, stream)
    return stream
  }

  #begin(stream: ChunkStream, format: number, bytes: Buffer, start: number, isExtended: boolean): void {
    if (format <= 2) {
      stream.isExtended = isExtended
      stream.delta = isExtended
        ? bytes.readUInt32BE(start + (HEADER_BYTES[format] as number))
        : bytes.readUIntBE(start, 3)
    }
    if (format <= 1) {
      stream.length = bytes.readUIntBE(start + 3, 3)
      stream.type = bytes[start + 6] as number
    }
    if (format === 0) {
      stream.streamId = bytes.readUInt32LE(start + 7)
      stream.timestamp = 0
    }
    stream.timestamp = (stream.timestamp + stream.delta) >>> 0
    if (stream.length > this.limits.messageBytes) throw new ProtocolError(`a message has ${stream.length} bytes`)
    this.#pendingBytes += stream.length
    if (this.#pendingBytes > this.limits.pendingBytes)
      throw new ProtocolError('too many bytes are in unfinished messages')
    stream.hasBegun = true
    stream.filled = 0
  }

  /** The bytes that it used. */
  #readPayload(bytes: Buffer, at: number): number {
    const stream = this.#current as ChunkStream
    const count = Math.min(this.#leftInChunk, bytes.length - at)
    // A copy where a piece would be kept for the sake of a small part of it.
    if (count === stream.length && 2 * count >= bytes.length) stream.payload = bytes.subarray(at, at + count)
    else {
      stream.payload ??= Buffer.allocUnsafe(stream.length)
      bytes.copy(stream.payload, stream.filled, at, at + count)
    }
    stream.filled += count
    this.#leftInChunk -= count
    if (this.#leftInChunk === 0) {
      this.#current = undefined
      if (stream.filled === stream.length) this.#finish(stream, stream.payload)
    }
    return count
  }

  #finish(stream: ChunkStream, payload: Buffer): void {
    this.#drop(stream)
    const { type, streamId, timestamp } = stream
    if (type === SET_CHUNK_SIZE) this.#setChunkSize(payload)
    else if (type === ABORT) this.#abort(payload)
    else this.#whole = { type, streamId, timestamp, payload }
  }

  #setChunkSize(payload: Buffer): void {
    const size = payload.length < 4 ? 0 : payload.readInt32BE()
    if (size < 1) throw new ProtocolError(`a chunk cannot have ${size} bytes`)
    this.#chunkBytes = size
  }

  #abort(payload: Buffer): void {
    const stream = payload.length < 4 ? undefined : this.#streams.get(payload.readUInt32BE())
    if (stream?.hasBegun) this.#drop(stream)
  }

  #drop(stream: ChunkStream): void {
    stream.hasBegun = false
    stream.payload = undefined
    this.#pendingBytes -= stream.length
  }
}
