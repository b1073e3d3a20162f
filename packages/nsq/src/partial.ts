import type { Memory } from './memory.ts'

const FIRST_BYTES = 256

/** Bytes that have arrived of a longer whole; grows with what arrives, never with what was announced. */
export class Partial {
  length = 0
  #bytes: Buffer = Buffer.alloc(0)
  readonly #memory: Memory

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /** Appends the piece, or answers false when the memory budget has no room for it. */
  add(piece: Uint8Array): boolean {
    const length = this.length + piece.length
    if (length > this.#bytes.length) {
      const capacity = Math.max(length, 2 * this.#bytes.length, FIRST_BYTES)
      if (!this.#memory.take(capacity - this.#bytes.length)) return false
      const grown = Buffer.allocUnsafeSlow(capacity)
      grown.set(this.#bytes.subarray(0, this.length))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.length)
    this.length = length
    return true
  }

  /** What has arrived; a view that is good until the next `add`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  /** Forgets the bytes and gives their memory back. */
  clear(): void {
    this.#memory.release(this.#bytes.length)
    this.#bytes = Buffer.alloc(0)
    this.length = 0
  }
}
