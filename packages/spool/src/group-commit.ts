import { SpoolError } from './spool-error.ts'

export interface GroupCommitOptions<Item, Result> {
  /** A group has at most so many bytes, or one item. */
  maxBytes: number
  /** Makes a group durable; resolves with a result for each item. Never runs twice at a time. */
  commit: (items: Item[]) => Promise<Result[]>
}

interface Waiting<Item, Result> {
  item: Item
  bytes: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** Commits in groups: what arrives while one is being committed is the next one. */
export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options
  }

  /** Bytes of all that is not committed yet. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Rejects with what `commit` rejects with for its group. */
  add(item: Item, bytes: number): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new SpoolError('CLOSED', 'The spool is closed.'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.#running ??= this.#run()
    })
  }

  /** Takes no more; resolves when all that was added is settled. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    // What arrives in the same iteration of the event loop belongs to the first group.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup()
      try {
        const results = await this.#options.commit(group.map(({ item }) => item))
        for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { bytes } of group) this.#waitingBytes -= bytes
    }
    this.#running = undefined
  }

  #nextGroup(): Waiting<Item, Result>[] {
    let bytes = 0
    const end = this.#waiting.findIndex((one, index) => {
      bytes += one.bytes
      return index > 0 && bytes > this.#options.maxBytes
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }
}
