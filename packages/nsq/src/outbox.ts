import type { Socket } from 'node:net'
import { FrameWriter } from './frame.ts'
import type { Message } from './message.ts'

// How long a refused client has to read the refusal before its connection is destroyed.
const LINGER_MS = 1000

/** Frames to one client; those of one iteration of the event loop are written together at its end. */
export class Outbox {
  readonly #socket: Socket
  readonly #writer = new FrameWriter()
  #flushing = false
  #held = false
  #blockedAt: number | undefined

  /** Calls `drained` when the socket has taken everything after it had asked to wait. */
  constructor(socket: Socket, drained: () => void) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('drain', () => {
      this.#blockedAt = undefined
      drained()
    })
  }

  /** Bytes that the kernel has not taken yet. */
  get bytes(): number {
    return this.#writer.pendingBytes + this.#socket.writableLength
  }

  /** For how many milliseconds the client has not read what was written; 0 = nothing waits. */
  get blockedForMs(): number {
    return this.#blockedAt === undefined ? 0 : performance.now() - this.#blockedAt
  }

  /** While held, frames are collected but nothing leaves. */
  set held(held: boolean) {
    this.#held = held
    if (!held) this.#flush()
  }

  response(text: string): void {
    this.#writer.response(text)
    this.#flushSoon()
  }

  error(text: string): void {
    this.#writer.error(text)
    this.#flushSoon()
  }

  message(message: Message): void {
    this.#writer.message(message)
    this.#flushSoon()
  }

  /** Sends what is there and closes; what the client still sends is thrown away. */
  end(): void {
    this.#flush()
    this.#socket.end()
    this.#socket.resume()
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#held || this.#writer.pendingBytes === 0 || !this.#socket.writable) return
    if (!this.#writer.flush(this.#socket)) this.#blockedAt ??= performance.now()
  }
}
