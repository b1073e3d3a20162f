import type { Reader } from '@livepods/spool'
import type { Answers } from './answers.ts'
import type { Delivery } from './delivery.ts'
import { BATCH } from './limits.ts'
import type { Parking } from './parking.ts'
import { messageOf } from './record.ts'

export interface PumpOptions {
  reader: Reader
  delivery: Delivery
  parking: Parking
  answers: Pick<Answers, 'give'>
  /** The stream of what the relay numbers, by the epoch of its spool. */
  ownStream: (epoch: string) => string
  /** The pump cannot go on: the process has to end. */
  onFatal: (error: unknown) => void
}

/** Takes messages out of the spool to the sink: one batch at a time, in order. */
export class Pump implements AsyncDisposable {
  readonly #options: PumpOptions
  readonly #stopping = new AbortController()
  #ended: Promise<void> | undefined

  constructor(options: PumpOptions) {
    this.#options = options
  }

  start(): void {
    this.#ended ??= this.#run(this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.onFatal(error)
    })
  }

  /** Resolves when nothing waits any more. Rejects when the signal aborts before that. */
  async empty(signal: AbortSignal): Promise<void> {
    const { reader, parking } = this.#options
    while (reader.waiting.records > 0 || !parking.isEmpty) {
      await this.#turn(signal)
      signal.throwIfAborted()
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#turn(signal)
  }

  /** A batch of the spool, and a batch of what is parked. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { reader, parking, delivery } = this.#options
    const { dueInMs } = parking
    const until =
      dueInMs === Number.POSITIVE_INFINITY ? signal : AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(dueInMs))])
    const records = await reader.read({ ...BATCH, signal: until })
    if (records.length > 0) await this.#deliver(records, signal)
    if (parking.dueInMs === 0) await parking.retry(delivery, signal)
  }

  async #deliver(records: Awaited<ReturnType<Reader['read']>>, signal: AbortSignal): Promise<void> {
    const { reader, delivery, parking, answers, ownStream } = this.#options
    const entries = records.map((record) => ({ number: record.number, message: messageOf(record, ownStream) }))
    const isBehind = ({ message }: (typeof entries)[number]) => parking.has(message.stream)
    const direct = entries.filter((entry) => !isBehind(entry))
    const behind = entries.filter(isBehind)
    const stuck = await delivery.deliver(direct, signal, ({ number }, { result, text }) =>
      answers.give(number, result === 'refused' ? undefined : text),
    )
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
