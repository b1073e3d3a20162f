import type { Socket } from 'node:net'
import type { Message } from './message.ts'

// A frame of protocol V2, all numbers big-endian:
//
//   [ size: 4, of all that follows ][ type: 4 ][ data: size − 4 ]
//
// and the data of a message:
//
//   [ timestamp, ns: 8 ][ attempts: 2 ][ id: 16 ][ body ]
const RESPONSE = 0
const ERROR = 1
const MESSAGE = 2
const HEADER_BYTES = 8
const MESSAGE_HEADER_BYTES = 26

const CHUNK_BYTES = 16 * 1024
// A body this long is handed to the kernel where it lies; a shorter one is cheaper to copy than to write by itself.
const COPY_BELOW_BYTES = 4 * 1024

/** Collects the frames for one socket, so that what was produced in one iteration of the event loop leaves in one write. */
export class FrameWriter {
  #chunk: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #sealed: Buffer[] = []
  #sealedBytes = 0

  /** Bytes that wait for `flush`. */
  get pendingBytes(): number {
    return this.#sealedBytes + this.#end - this.#start
  }

  response(text: string): void {
    this.#text(RESPONSE, text)
  }

  /** Latin-1 on purpose: an error may echo what a client sent, byte for byte. */
  error(text: string): void {
    this.#text(ERROR, text)
  }

  message(message: Message): void {
    const { body } = message
    const copied = body.length < COPY_BELOW_BYTES
    const at = this.#reserve(HEADER_BYTES + MESSAGE_HEADER_BYTES + (copied ? body.length : 0))
    const chunk = this.#chunk
    chunk.writeInt32BE(4 + MESSAGE_HEADER_BYTES + body.length, at)
    chunk.writeInt32BE(MESSAGE, at + 4)
    chunk.writeBigInt64BE(message.timestamp, at + 8)
    chunk.writeUInt16BE(message.attempts, at + 16)
    chunk.write(message.id, at + 18, 'latin1')
    if (copied) {
      chunk.set(body, at + HEADER_BYTES + MESSAGE_HEADER_BYTES)
    } else {
      this.#seal()
      this.#push(body)
    }
  }

  /** Hands everything to the socket; false when the socket asks to wait for its 'drain'. */
  flush(socket: Socket): boolean {
    this.#seal()
    const buffers = this.#sealed
    this.#sealed = []
    this.#sealedBytes = 0
    socket.cork()
    let goOn = true
    for (const buffer of buffers) goOn = socket.write(buffer)
    socket.uncork()
    return goOn
  }

  #text(type: number, text: string): void {
    const at = this.#reserve(HEADER_BYTES + text.length)
    this.#chunk.writeInt32BE(4 + text.length, at)
    this.#chunk.writeInt32BE(type, at + 4)
    this.#chunk.write(text, at + HEADER_BYTES, 'latin1')
  }

  /** Reserves bytes at the end of the chunk and answers where they begin. */
  #reserve(bytes: number): number {
    if (this.#chunk.length - this.#end < bytes) {
      this.#seal()
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes))
      this.#start = 0
      this.#end = 0
    }
    const at = this.#end
    this.#end += bytes
    return at
  }

  /** What was written so far belongs to the socket; writing goes on behind it, never over it. */
  #seal(): void {
    if (this.#end === this.#start) return
    this.#push(this.#chunk.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  #push(buffer: Buffer): void {
    this.#sealed.push(buffer)
    this.#sealedBytes += buffer.length
  }
}
