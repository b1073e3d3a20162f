/** A segment is seldom larger than the one before by more than this factor. */
const RESERVE = 1.1

/** Gives the parts of a segment memory one behind the other, so that the whole segment is one piece to send: each piece costs CPU time. */
export class SegmentMemory {
  #free = Buffer.alloc(0)
  #size = 0

  /** A new segment begins, which is expected to be as large as the last one. */
  begin(): void {
    // A slice of a pool would keep all of the pool alive for as long as the window.
    this.#free = Buffer.allocUnsafeSlow(Math.ceil(this.#size * RESERVE))
    this.#size = 0
  }

  allocate(size: number): Buffer {
    this.#size += size
    if (size > this.#free.length) return Buffer.allocUnsafeSlow(size)
    const bytes = this.#free.subarray(0, size)
    this.#free = this.#free.subarray(size)
    return bytes
  }
}

/** The same bytes in as few pieces as they lie in. */
export function joinAdjacent(pieces: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (last?.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset)
      joined[joined.length - 1] = Buffer.from(piece.buffer, last.byteOffset, last.length + piece.length)
    else joined.push(piece)
  }
  return joined
}
