/** What stands between two publishers, or two moments that a publisher jumps between: about a frame. */
const STEP_MS = 40
/** A publisher that is silent for so long has ended, so a longer way is no pause. */
const JUMP_MS = 10_000

/**
 * The time of a stream's viewers: it begins at 0 and goes on through the 2^32 of a publisher, its jumps, and its successors. Audio and
 * video are moved by the same offset, so that they stay together.
 */
export class Timeline {
  /** The publisher's timestamp of the last message, and that of the viewers. */
  #from: number | undefined
  #to = -STEP_MS
  #highest = -STEP_MS

  /** The next timestamp belongs to another publisher. */
  restart(): void {
    this.#from = undefined
  }

  /** The time of the last message, which does not wrap. */
  get elapsed(): number {
    return Math.max(0, this.#to)
  }

  /** The same, as it is sent: modulo 2^32. */
  get now(): number {
    return this.elapsed % 2 ** 32
  }

  /** Milliseconds modulo 2^32, as they came and as they are sent. */
  map(timestamp: number): number {
    // The shorter way round 2^32, in either direction: audio and video need not be in order.
    const way = this.#from === undefined ? Number.POSITIVE_INFINITY : (timestamp - this.#from) | 0
    this.#to = Math.abs(way) > JUMP_MS ? this.#highest + STEP_MS : this.#to + way
    this.#from = timestamp
    this.#highest = Math.max(this.#highest, this.#to)
    return this.now
  }
}
