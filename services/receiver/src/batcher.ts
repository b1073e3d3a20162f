/** More waits than there is room for; another try a moment later may succeed. */
export class Overfull extends Error {
  override readonly name = 'Overfull'
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

interface Limits {
  /** Items of one batch at most. */
  size: number
  /** Items that may wait at once; more are refused. */
  room: number
}

/**
 * Gathers single items into batches without ever delaying one: an item that finds nothing under way starts at once, and all that
 * arrive meanwhile make the next batch. One batch at a time.
 */
export class Batcher<Item, Result> {
  readonly #work: (items: Item[]) => Promise<Result[]>
  readonly #limits: Limits
  #waiting: Waiting<Item, Result>[] = []
  #running: Promise<void> | undefined

  /** @param work answers with one result per item, in their order; when it rejects, every item of the batch does. */
  constructor(work: (items: Item[]) => Promise<Result[]>, limits: Limits) {
    this.#work = work
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** The result of the batch that the item went into. Rejects with Overfull, or with what the batch rejected with. */
  async add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#limits.room) throw new Overfull(`${this.#limits.room} items are waiting already.`)
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.push({ item, resolve, reject })
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
    return await promise
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#limits.size)
      this.#waiting = this.#waiting.slice(this.#limits.size)
      try {
        const results = await this.#work(batch.map(({ item }) => item))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
  }
}
