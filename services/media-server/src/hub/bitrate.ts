const SECONDS = 5

/** Bits per second over the last five seconds. */
export class Bitrate {
  /** Bytes of each second, in a ring. */
  readonly #bytes = new Array<number>(SECONDS).fill(0)
  #second: number | undefined
  #first = 0

  /** @param now milliseconds */
  add(bytes: number, now: number): void {
    this.#moveTo(Math.floor(now / 1000))
    this.#bytes[(this.#second as number) % SECONDS] =
      (this.#bytes[(this.#second as number) % SECONDS] as number) + bytes
  }

  at(now: number): number {
    if (this.#second === undefined) return 0
    this.#moveTo(Math.floor(now / 1000))
    const seconds = Math.min(Math.max(now / 1000 - this.#first, 1), SECONDS)
    return (this.#bytes.reduce((sum, bytes) => sum + bytes) * 8) / seconds
  }

  #moveTo(second: number): void {
    if (this.#second === undefined) {
      this.#first = second
      this.#second = second
    }
    const passed = Math.min(second - this.#second, SECONDS)
    for (let step = 1; step <= passed; step++) this.#bytes[(this.#second + step) % SECONDS] = 0
    this.#second = Math.max(second, this.#second)
  }
}
