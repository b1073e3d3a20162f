/** Publishers count sound in milliseconds, and not always well: less than this is no gap, and nothing too much. */
const TOLERANCE_MS = 50

/** Times frames of sound by their samples, which leave no gaps, for as long as that agrees with the publisher. */
export class SampleClock {
  readonly #rate: number
  #next: number | undefined

  /** @param rate samples a second */
  constructor(rate: number) {
    this.#rate = rate
  }

  /**
   * When a frame begins, in samples; undefined: never, since what came before it lasts longer.
   * @param time milliseconds, as the publisher says it
   * @param duration samples
   */
  begin(time: number, duration: number): number | undefined {
    const told = Math.round((time * this.#rate) / 1000)
    const tolerance = (TOLERANCE_MS * this.#rate) / 1000
    const counted = this.#next ?? told
    if (told < counted - tolerance) return undefined
    const begin = told > counted + tolerance ? told : counted
    this.#next = begin + duration
    return begin
  }
}
