import type { Log } from '@livepods/service'
import type { Reader, StoredRecord } from '@livepods/spool'
import type { Answers } from './answers.ts'
import type { Delivery } from './delivery.ts'
import { BATCH } from './limits.ts'
import type { Parking } from './parking.ts'
import { messageOf } from './record.ts'

export interface PumpOptions {
  reader: Reader
  /** The first record that the spool has; those before `reader.acknowledged` were delivered, and are kept for a while. */
  oldestKept: () => number
  delivery: Delivery
  parking: Parking
  answers: Pick<Answers, 'give'>
  /** The stream of what the relay numbers, by the epoch of its spool. */
  ownStream: (epoch: string) => string
  /** The pump cannot go on: the process has to end. */
  onFatal: (error: unknown) => void
  log: Log
}

const SEARCH_EVERY_MS = 60_000

/**
 * Takes messages out of the spool to the sink: one batch at a time, in order. Where a stream goes on lacking a message that the relay has
 * delivered, the database of the sinks came back from a backup: then all that is kept is delivered again, and the sink drops what it has.
 */
export class Pump implements AsyncDisposable {
  readonly #options: PumpOptions
  readonly #stopping = new AbortController()
  #ended: Promise<void> | undefined
  /** Streams for whose messages what is kept is being searched, and the number that each lacks. */
  #sought: ReadonlyMap<string, number> | undefined
  /** performance.now() of the next search at the earliest: it reads all that is kept. */
  #searchAt = 0
  #isReplayWanted = false
  #wake: { controller: AbortController; signal: AbortSignal } | undefined

  constructor(options: PumpOptions) {
    this.#options = options
  }

  start(): void {
    this.#ended ??= this.#run(this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.onFatal(error)
    })
  }

  /** Delivers all that is kept again, soon; resolves with how many messages that is. */
  replay(): number {
    const { reader, oldestKept } = this.#options
    this.#isReplayWanted = true
    this.#wake?.controller.abort()
    return Math.max(0, reader.acknowledged - oldestKept())
  }

  /** Resolves when nothing waits any more. Rejects when the signal aborts before that. */
  async empty(signal: AbortSignal): Promise<void> {
    const { reader, parking } = this.#options
    const isReplaying = () => reader.position < reader.acknowledged
    while (reader.waiting.records > 0 || !parking.isEmpty || isReplaying()) {
      await this.#turn(signal)
      signal.throwIfAborted()
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#turn(signal)
  }

  /** A batch of the spool, and a batch of what is parked. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { parking, delivery } = this.#options
    if (this.#isReplayWanted) await this.#goBack()
    else if (!this.#sought && performance.now() >= this.#searchAt) await this.#search(parking.lacking)
    const records = await this.#read(this.#wakened(signal))
    if (this.#sought) await this.#look(records, this.#sought)
    else if (records.length > 0) await this.#deliver(records, signal)
    if (parking.dueInMs === 0) await parking.retry(delivery, signal)
  }

  /** The next batch; empty when the signal aborts or what is parked is due. */
  async #read(signal: AbortSignal): Promise<StoredRecord[]> {
    const { reader, parking } = this.#options
    const { dueInMs } = parking
    if (dueInMs === Number.POSITIVE_INFINITY) return await reader.read({ ...BATCH, signal })
    const due = new AbortController()
    // AbortSignal.timeout would not keep a process alive that only drains.
    const timer = setTimeout(() => due.abort(), dueInMs)
    try {
      return await reader.read({ ...BATCH, signal: AbortSignal.any([signal, due.signal]) })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Aborts with `signal`, and when a replay is wanted. */
  #wakened(signal: AbortSignal): AbortSignal {
    if (!this.#wake || this.#wake.controller.signal.aborted) {
      const controller = new AbortController()
      this.#wake = { controller, signal: AbortSignal.any([signal, controller.signal]) }
    }
    return this.#wake.signal
  }

  async #search(lacking: ReadonlyMap<string, number>): Promise<void> {
    const { reader, oldestKept } = this.#options
    if (lacking.size === 0) return
    this.#sought = lacking
    await reader.seek(oldestKept())
  }

  /** One of the lacking messages among those that were delivered is enough: the sink has lost more than that. */
  async #look(records: readonly StoredRecord[], sought: ReadonlyMap<string, number>): Promise<void> {
    const { reader, parking, ownStream, log } = this.#options
    const isSought = (record: StoredRecord) => {
      const { stream, seq } = messageOf(record, ownStream)
      return seq === sought.get(stream) && record.number < reader.acknowledged
    }
    const found = records.some(isSought)
    const isOver = records.length === 0 || reader.position >= reader.acknowledged
    if (!found && !isOver) return
    this.#sought = undefined
    this.#searchAt = performance.now() + SEARCH_EVERY_MS
    parking.searched(sought, { found })
    if (found) {
      log.warn({ lacking: Object.fromEntries(sought) }, 'the sink lost messages; all that is kept is delivered again')
      await this.#goBack()
    } else {
      log.warn({ lacking: Object.fromEntries(sought) }, 'streams wait for messages that this relay does not have')
      await reader.seek(reader.acknowledged)
    }
  }

  async #goBack(): Promise<void> {
    const { reader, oldestKept } = this.#options
    this.#isReplayWanted = false
    this.#sought = undefined
    await reader.seek(oldestKept())
  }

  async #deliver(records: readonly StoredRecord[], signal: AbortSignal): Promise<void> {
    const { reader, delivery, parking, answers, ownStream } = this.#options
    const entries = records.map((record) => ({
      number: record.number,
      message: messageOf(record, ownStream),
      isAgain: record.number < reader.acknowledged,
    }))
    // What comes again lies before what is parked of its stream.
    const isBehind = ({ message, isAgain }: (typeof entries)[number]) => !isAgain && parking.has(message.stream)
    const direct = entries.filter((entry) => !isBehind(entry))
    const behind = entries.filter(isBehind)
    const left = await delivery.deliver(direct, signal, ({ number }, { result, text }) =>
      answers.give(number, result === 'refused' ? undefined : text),
    )
    // What comes again in vain is kept as it was.
    const stuck = left.filter(({ isAgain }) => !isAgain)
    if (behind.length + stuck.length > 0) await parking.park([...behind, ...stuck], signal)
    for (const { number } of [...behind, ...stuck]) answers.give(number, undefined)
    const last = records.at(-1)
    if (last) await reader.acknowledge(last.number)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('The relay is stopping.'))
    await this.#ended
  }
}
