/** How much there was per second, over the last seconds. */
export class Rate {
  /** Amounts of each second, in a ring. */
  readonly #amounts: number[]
  #second: number | undefined
  #first = 0

  /** @param seconds that it looks back */
  constructor(seconds: number) {
    this.#amounts = new Array<number>(seconds).fill(0)
  }

  /** @param now milliseconds */
  add(amount: number, now: number): void {
    const second = this.#moveTo(now) % this.#amounts.length
    this.#amounts[second] = (this.#amounts[second] as number) + amount
  }

  at(now: number): number {
    if (this.#second === undefined) return 0
    const second = this.#moveTo(now)
    // The newest second has only begun.
    const covered = this.#amounts.length - 1 + now / 1000 - second
    const seconds = Math.min(Math.max(now / 1000 - this.#first, 1), covered)
    return this.#amounts.reduce((sum, amount) => sum + amount) / seconds
  }

  #moveTo(now: number): number {
    const second = Math.floor(now / 1000)
    if (this.#second === undefined) {
      this.#first = second
      this.#second = second
    }
    const passed = Math.min(second - this.#second, this.#amounts.length)
    for (let step = 1; step <= passed; step++) this.#amounts[(this.#second + step) % this.#amounts.length] = 0
    this.#second = Math.max(second, this.#second)
    return this.#second
  }
}
