/** The one budget, in bytes, from which everything that the broker keeps is taken. */
export class Memory {
  readonly limit: number
  #used = 0
  #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** Takes the bytes, or takes nothing and answers false when they do not fit. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.limit) return false
    this.#used += bytes
    return true
  }

  release(bytes: number): void {
    this.#used -= bytes
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting
    this.#waiting = new Set()
    queueMicrotask(() => {
      for (const resume of waiting) resume()
    })
  }

  /** Calls `resume` once after something was released; asking twice with the same function is asking once. */
  whenReleased(resume: () => void): void {
    this.#waiting.add(resume)
  }
}

/** Thrown when the budget does not hold what was to be kept; the listeners translate it to 503 or E_…_FAILED. */
export class MemoryFullError extends Error {
  override readonly name = 'MemoryFullError'
  readonly code = 'MEMORY_FULL'

  constructor() {
    super('memory is full: consume or empty a channel, or raise memoryBytes')
  }
}
