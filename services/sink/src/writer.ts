import { RESULTS, type Result } from '@livepods/messages'
import { counter } from '@livepods/service'
import { bytesOf, type Entry } from './entry.ts'
import type { MessageStore } from './message-store.ts'

/** Requests that wait are committed together until there are so many messages, or bytes of them. */
const MESSAGES_PER_TRANSACTION = 4000
const BYTES_PER_TRANSACTION = 8 * 1024 * 1024
/** More than this would only wait. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

const results = counter({
  name: 'sink_messages_total',
  help: 'Messages that came, by what became of them.',
  labels: ['result'],
  values: RESULTS,
})

/** So much waits for the database already that this must be sent later. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
  readonly code = 'OVERLOADED'

  constructor() {
    super('Too many messages are waiting for the database.')
  }
}

interface Waiting {
  entries: readonly Entry[]
  bytes: number
  resolve: (results: Result[]) => void
  reject: (error: unknown) => void
}

export interface WriterOptions {
  store: Pick<MessageStore, 'take'>
  /** Called after each commit that took something. */
  onTaken: () => void
}

/**
 * Takes the messages of all requests, one transaction after the other: what comes during one is in the next. Two at once would only wait
 * for each other, since each locks the row of this sink.
 */
export class Writer {
  readonly #options: WriterOptions
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #isWriting = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  get report(): { requests: number; bytes: number } {
    return { requests: this.#waiting.length, bytes: this.#waitingBytes }
  }

  /** What became of each entry, in their order, once that is committed. Rejects with OverloadedError, or as the store does. */
  async take(entries: readonly Entry[]): Promise<Result[]> {
    if (entries.length === 0) return []
    const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES) throw new OverloadedError()
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>()
    this.#waiting.push({ entries, bytes, resolve, reject })
    this.#waitingBytes += bytes
    if (!this.#isWriting) void this.#writeAll()
    return await promise
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    // Requests that arrive in the same iteration of the event loop go together.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) await this.#write(this.#next())
    this.#isWriting = false
  }

  #next(): Waiting[] {
    let messages = 0
    let bytes = 0
    const end = this.#waiting.findIndex((waiting, index) => {
      messages += waiting.entries.length
      bytes += waiting.bytes
      return index > 0 && (messages > MESSAGES_PER_TRANSACTION || bytes > BYTES_PER_TRANSACTION)
    })
    const group = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
    for (const waiting of group) this.#waitingBytes -= waiting.bytes
    return group
  }

  async #write(group: Waiting[]): Promise<void> {
    const { store, onTaken } = this.#options
    try {
      const answers = await store.take(group.flatMap(({ entries }) => entries))
      const counts = Map.groupBy(answers, ({ result }) => result)
      for (const [result, { length }] of counts) results.inc({ result }, length)
      if (counts.has('taken')) onTaken()
      let begin = 0
      for (const { entries, resolve } of group) {
        resolve(answers.slice(begin, begin + entries.length))
        begin += entries.length
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
