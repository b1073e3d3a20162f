import { Problem } from '@livepods/http'

/** At most `atOnce` works run at a time; up to `waiting` more wait in line, the next is refused with Problem 503. */
export class Turns {
  readonly #limits: { atOnce: number; waiting: number }
  readonly #line: (() => void)[] = []
  #running = 0

  constructor(limits: { atOnce: number; waiting: number }) {
    this.#limits = limits
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.atOnce) {
      if (this.#line.length >= this.#limits.waiting) {
        throw new Problem(503, 'Too many pictures are asked for at once. Try again in a few seconds.', {
          headers: { 'retry-after': '2' },
        })
      }
      await new Promise<void>((resolve) => this.#line.push(resolve))
    } else this.#running += 1
    try {
      return await work()
    } finally {
      // The turn goes to the next in line without being given back in between.
      const next = this.#line.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
