export interface StartRule<T> {
  /** Whether an item may be taken now, seeing what else waits. */
  mayStart(item: T, waiting: readonly T[]): boolean
  /** Told of an item that is given out, before anyone is asked about the next. */
  started(item: T): void
}

const ANY: StartRule<unknown> = { mayStart: () => true, started() {} }

/** Items wait for takers, takers for items; first come, first served, of those that may start. */
export class JobQueue<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T | undefined) => void)[] = []
  readonly #rule: StartRule<T>
  #closed = false

  constructor(rule: StartRule<T> = ANY) {
    this.#rule = rule
  }

  get length(): number {
    return this.#items.length
  }

  get waiting(): readonly T[] {
    return this.#items
  }

  get closed(): boolean {
    return this.#closed
  }

  put(item: T): void {
    this.#items.push(item)
    this.wake()
  }

  /** The next item, or undefined once the queue is closed and empty, or when the taker is gone. */
  async take(gone: AbortSignal): Promise<T | undefined> {
    if (gone.aborted) return undefined
    const { promise, resolve } = Promise.withResolvers<T | undefined>()
    const leave = () => {
      const at = this.#takers.indexOf(resolve)
      if (at >= 0) this.#takers.splice(at, 1)
      resolve(undefined)
    }
    this.#takers.push(resolve)
    gone.addEventListener('abort', leave)
    this.wake()
    return await promise.finally(() => gone.removeEventListener('abort', leave))
  }

  /** Gives out what may start: also for whoever changed what that depends on. */
  wake(): void {
    while (this.#takers.length > 0) {
      const at = this.#items.findIndex((item) => this.#rule.mayStart(item, this.#items))
      if (at < 0) break
      const [item] = this.#items.splice(at, 1) as [T]
      this.#rule.started(item)
      this.#takers.shift()?.(item)
    }
    if (this.#closed && this.#items.length === 0) for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  /** Whether the item was waiting. */
  remove(item: T): boolean {
    const at = this.#items.indexOf(item)
    if (at >= 0) this.#items.splice(at, 1)
    this.wake()
    return at >= 0
  }

  /** Gives out what is waiting, all at once. */
  drain(): T[] {
    return this.#items.splice(0)
  }

  /** What is waiting is still given out; then every taker gets undefined. */
  close(): void {
    this.#closed = true
    this.wake()
  }
}
