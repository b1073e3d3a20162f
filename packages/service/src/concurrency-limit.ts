/** What a piece of work needs while it runs. */
export interface Cost {
  bytes: number
  isCostly: boolean
}

export interface ConcurrencyLimitOptions {
  /** Pieces of work that run at a time. At most one of them is costly, so that cheap ones still run. */
  atOnce: number
  /** Pieces of work that wait in line; 0 unless given. */
  waiting?: number
  /** Bytes that all running work may take together; one that runs alone may take more. */
  bytes?: number
  /** What is thrown when the line is full. */
  full: () => Error
}

const NOTHING: Cost = { bytes: 0, isCostly: false }

/** Lets a limited number of pieces of work run at a time, and a limited number wait in line. */
export class ConcurrencyLimit {
  readonly #options: Required<ConcurrencyLimitOptions>
  readonly #line: { cost: Cost; begin: () => void }[] = []
  #running = 0
  #bytes = 0
  #costly = 0

  constructor({ waiting = 0, bytes = Number.POSITIVE_INFINITY, ...options }: ConcurrencyLimitOptions) {
    this.#options = { waiting, bytes, ...options }
  }

  /** What `work` resolves with, once it may run. Rejects with `full()`. */
  async run<T>(work: () => Promise<T>, cost?: Cost): Promise<T> {
    using _ = await this.acquire(cost)
    return await work()
  }

  /** Resolves when the work may run; it has ended when what it gets is disposed of. Rejects with `full()`. */
  async acquire(cost = NOTHING): Promise<Disposable> {
    if (this.#mayBegin(cost)) this.#count(cost, 1)
    else {
      if (this.#line.length >= this.#options.waiting) throw this.#options.full()
      await new Promise<void>((begin) => this.#line.push({ cost, begin }))
    }
    return {
      [Symbol.dispose]: () => {
        this.#count(cost, -1)
        this.#next()
      },
    }
  }

  /** Starts the first pieces of work in line that may run; they are counted before anybody else can ask. */
  #next(): void {
    for (;;) {
      const at = this.#line.findIndex(({ cost }) => this.#mayBegin(cost))
      const [next] = at < 0 ? [] : this.#line.splice(at, 1)
      if (!next) return
      this.#count(next.cost, 1)
      next.begin()
    }
  }

  #mayBegin({ bytes, isCostly }: Cost): boolean {
    if (this.#running >= this.#options.atOnce || (isCostly && this.#costly > 0)) return false
    return this.#running === 0 || this.#bytes + bytes <= this.#options.bytes
  }

  #count({ bytes, isCostly }: Cost, sign: 1 | -1): void {
    this.#running += sign
    this.#bytes += sign * bytes
    if (isCostly) this.#costly += sign
  }
}
