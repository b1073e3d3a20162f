import { setImmediate } from 'node:timers/promises'

/** As many items are waiting as may wait: the caller should retry in a moment. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
  readonly code = 'OVERLOADED'
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

interface Limits {
  /** Items of one batch at most. */
  size: number
  /** Items that may wait; more are refused. */
  maxWaiting: number
}

/** @param next starts the next batch before this one has ended; unless it is called, the next batch waits for this one. */
type Work<Item, Result> = (items: Item[], next: () => void) => Promise<Result[]>

/**
 * Collects single items into batches. While no batch is in flight, an item starts one with all items that arrive in the same iteration of
 * the event loop; items that arrive while a batch is in flight make the next batch.
 */
export class Batcher<Item, Result> {
  readonly #work: Work<Item, Result>
  readonly #limits: Limits
  #waiting: Waiting<Item, Result>[] = []
  #running: Promise<void> | undefined
  readonly #inFlight = new Set<Promise<void>>()

  /** @param work returns one result per item, in their order; when it rejects, every item of the batch does. */
  constructor(work: Work<Item, Result>, limits: Limits) {
    this.#work = work
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Adds an item to the next batch and returns its result. Rejects with OverloadedError, or with what the batch rejected with. */
  async add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#limits.maxWaiting)
      throw new OverloadedError(`${this.#limits.maxWaiting} items are waiting already.`)
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.push({ item, resolve, reject })
    this.#running ??= this.#run()
    return await promise
  }

  /** Resolves when no item waits and no batch is in flight. */
  async idle(): Promise<void> {
    while (this.#running || this.#inFlight.size > 0) await Promise.all([this.#running, ...this.#inFlight])
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await setImmediate()
      const batch = this.#waiting.splice(0, this.#limits.size)
      const { promise: nextMayStart, resolve: next } = Promise.withResolvers<void>()
      const ended = this.#runBatch(batch, next).finally(() => this.#inFlight.delete(ended))
      this.#inFlight.add(ended)
      await Promise.race([nextMayStart, ended])
    }
    // No await since the check that nothing waits: an item that is added later starts a new run.
    this.#running = undefined
  }

  async #runBatch(batch: Waiting<Item, Result>[], next: () => void): Promise<void> {
    try {
      const results = await this.#work(
        batch.map(({ item }) => item),
        next,
      )
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
