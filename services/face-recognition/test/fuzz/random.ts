/** Numbers that depend on the seed only: xorshift32, by George Marsaglia. */
export class Random {
  #state: number

  constructor(...seeds: number[]) {
    this.#state = 0x9e3779b9
    // A sum would give (1, 2) and (2, 1) the same numbers.
    for (const seed of seeds) this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b) + 0x6c078965
    for (let i = 0; i < 4; i++) this.below(2)
  }

  /** An integer from 0, less than the limit. */
  below(limit: number): number {
    let state = this.#state || 1
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) % limit
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  /** Small numbers more often than large ones, up to the limit. */
  small(limit: number): number {
    return this.below(this.below(limit) + 1)
  }
}
