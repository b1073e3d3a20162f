import { Problem } from '@livepods/http'

/** What a work takes while it runs. */
export interface Cost {
  bytes: number
  isCostly: boolean
}

interface Limits {
  atOnce: number
  waiting: number
  /** Memory of all that run, unless there is only one. */
  bytes?: number
}

const NOTHING: Cost = { bytes: 0, isCostly: false }

/**
 * At most `atOnce` works run at a time, and of costly ones one, so that the others go on beside it; up to `waiting` more wait in line, the next is
 * refused with Problem 503.
 */
export class Turns {
  readonly #limits: Required<Limits>
  readonly #line: { cost: Cost; begin: () => void }[] = []
  #running = 0
  #bytes = 0
  #costly = 0

  constructor({ bytes = Number.POSITIVE_INFINITY, ...limits }: Limits) {
    this.#limits = { bytes, ...limits }
  }

  async take<T>(work: () => Promise<T>, cost: Cost = NOTHING): Promise<T> {
    if (this.#mayBegin(cost)) this.#count(cost, 1)
    else {
      if (this.#line.length >= this.#limits.waiting) {
        throw new Problem(503, 'Too many pictures are asked for at once. Try again in a few seconds.', {
          headers: { 'retry-after': '2' },
        })
      }
      await new Promise<void>((begin) => this.#line.push({ cost, begin }))
    }
    try {
      return await work()
    } finally {
      this.#count(cost, -1)
      this.#next()
    }
  }

  /** The first in line that may; the turn is theirs before anyone else can ask. */
  #next(): void {
    for (;;) {
      const at = this.#line.findIndex(({ cost }) => this.#mayBegin(cost))
      const [next] = at < 0 ? [] : this.#line.splice(at, 1)
      if (!next) return
      this.#count(next.cost, 1)
      next.begin()
    }
  }

  #mayBegin({ bytes, isCostly }: Cost): boolean {
    if (this.#running >= this.#limits.atOnce || (isCostly && this.#costly > 0)) return false
    return this.#running === 0 || this.#bytes + bytes <= this.#limits.bytes
  }

  #count({ bytes, isCostly }: Cost, sign: 1 | -1): void {
    this.#running += sign
    this.#bytes += sign * bytes
    if (isCostly) this.#costly += sign
  }
}
