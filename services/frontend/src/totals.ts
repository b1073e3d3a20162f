import type { Counts } from './photo.ts'

/** How many photos are in each state. Counting millions takes long: it gets at most a twentieth of the time, whoever asks. */
export class Totals {
  readonly #store: { counts(): Promise<Counts> }
  #counted: Promise<Counts> | undefined
  #againAt = 0

  constructor(store: { counts(): Promise<Counts> }) {
    this.#store = store
  }

  async get(): Promise<Counts> {
    if (!this.#counted || performance.now() > this.#againAt) {
      this.#againAt = Number.POSITIVE_INFINITY
      this.#counted = this.#count()
    }
    return await this.#counted
  }

  async #count(): Promise<Counts> {
    const begun = performance.now()
    try {
      return await this.#store.counts()
    } catch (error) {
      this.#counted = undefined
      throw error
    } finally {
      this.#againAt = performance.now() + 20 * (performance.now() - begun)
    }
  }
}
