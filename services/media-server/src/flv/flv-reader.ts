import { AUDIO, DATA, type Message, VIDEO } from '../hub/message.ts'
import { ProtocolError } from '../protocol-error.ts'

const MAX_TAG_BYTES = 8 * 1024 * 1024
/** Signature, version, flags, and how long all that is. */
const FILE_HEADER_BYTES = 9
/** The size of the tag before, which nobody needs, and the header of this one. */
const TAG_HEADER_BYTES = 4 + 11
const NOTHING = Buffer.alloc(0)

interface Tag {
  type: number
  timestamp: number
  payload: Buffer
  filled: number
}

/** Takes the bytes of an FLV file, in any pieces, and gives its messages (FLV 10.1, annex E). */
export class FlvReader {
  #isOpen = false
  /** The beginning of a header. */
  #rest: Buffer = NOTHING
  /** The tag that has begun. */
  #tag: Tag | undefined;

  /** The messages that end in this piece; take all before the next one. Throws ProtocolError: the reader is of no use afterwards. */
  *read(piece: Buffer): Generator<Message, void> {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    this.#rest = NOTHING
    for (let at = 0; at < bytes.length; ) {
      if (!this.#tag) {
        const used = this.#readHeader(bytes, at)
        if (used === 0) {
          this.#rest = Buffer.from(bytes.subarray(at))
          return
        }
        at += used
      }
      const tag = this.#tag
      if (!tag) continue
      const copied = bytes.copy(tag.payload, tag.filled, at)
      at += copied
      tag.filled += copied
      if (tag.filled < tag.payload.length) return
      this.#tag = undefined
      const { type, timestamp, payload } = tag
      if (type === AUDIO || type === VIDEO || type === DATA) yield { type, timestamp, payload }
    }
  }

  /** The bytes that it used, or 0 while the header is not whole. */
  #readHeader(bytes: Buffer, at: number): number {
    const size = this.#isOpen ? TAG_HEADER_BYTES : FILE_HEADER_BYTES
    if (bytes.length - at < size) return 0
    if (this.#isOpen) this.#beginTag(bytes, at + 4)
    else this.#beginFile(bytes, at)
    return size
  }

  #beginFile(bytes: Buffer, at: number): void {
    const isFlv = bytes.toString('latin1', at, at + 4) === 'FLV\x01' && bytes.readUInt32BE(at + 5) === FILE_HEADER_BYTES
    if (!isFlv) throw new ProtocolError('this is not FLV')
    this.#isOpen = true
  }

  #beginTag(bytes: Buffer, at: number): void {
    const length = bytes.readUIntBE(at + 1, 3)
    if (length > MAX_TAG_BYTES) throw new ProtocolError(`a tag has ${length} bytes`)
    const timestamp = bytes.readUIntBE(at + 4, 3) + (bytes[at + 7] as number) * 2 ** 24
    this.#tag = { type: bytes[at] as number, timestamp, payload: Buffer.allocUnsafe(length), filled: 0 }
  }
}
