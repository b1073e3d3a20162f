/** Items wait for takers, takers for items; first come, first served. */
export class JobQueue<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T | undefined) => void)[] = []
  #closed = false

  get length(): number {
    return this.#items.length
  }

  get closed(): boolean {
    return this.#closed
  }

  put(item: T): void {
    const taker = this.#takers.shift()
    if (taker) taker(item)
    else this.#items.push(item)
  }

  /** The next item, or undefined once the queue is closed and empty, or when the taker is gone. */
  async take(gone: AbortSignal): Promise<T | undefined> {
    if (gone.aborted) return undefined
    if (this.#items.length > 0 || this.#closed) return this.#items.shift()
    const { promise, resolve } = Promise.withResolvers<T | undefined>()
    const leave = () => {
      this.#takers.splice(this.#takers.indexOf(resolve), 1)
      resolve(undefined)
    }
    this.#takers.push(resolve)
    gone.addEventListener('abort', leave)
    return await promise.finally(() => gone.removeEventListener('abort', leave))
  }

  remove(item: T): void {
    const at = this.#items.indexOf(item)
    if (at >= 0) this.#items.splice(at, 1)
  }

  /** Gives out what is waiting, all at once. */
  drain(): T[] {
    return this.#items.splice(0)
  }

  /** What is waiting is still given out; then every taker gets undefined. */
  close(): void {
    this.#closed = true
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }
}
