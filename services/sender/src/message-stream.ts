import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Message, Result } from '@livepods/messages'
import { backoffMs, counter, type Log } from '@livepods/service'
import { type Reader, Spool, type SpoolOptions, type StoredRecord } from '@livepods/spool'
import { type Numbering, numberOf, openNumbering, saveNumbering } from './numbering.ts'
import { newTraceparent, requestIdOf } from './trace-context.ts'

export interface MessageStreamOptions extends Pick<SpoolOptions, 'folder' | 'maxBytes' | 'keepHours'> {
  /** Of a new stream; one that is there keeps its own. */
  name: string
  log: Log
}

const BACKOFF = { baseMs: 100, maxMs: 30_000 }
/**
 * 422: the number, or the Idempotency-Key, belongs to another message. 410: it was used so long ago that nobody knows for which. A number of
 * a new epoch was certainly not used.
 */
const USED_NUMBER = [410, 422]
/** Has a read give what is there. */
const NO_WAIT = AbortSignal.abort()

const sent = counter({
  name: 'sender_sent_total',
  help: 'Messages that were delivered; duplicate: they had been before.',
  labels: ['result'],
  values: ['taken', 'duplicate'],
})
const renumberings = counter({
  name: 'sender_new_epochs_total',
  help: 'Streams that got a new epoch since the target had used their numbers before.',
})

/**
 * Messages that are numbered without gaps, each durable before it is sent. Record `count` of the spool's epoch is number `count` of the
 * stream `<name>~<epoch>`.
 */
export class MessageStream implements AsyncDisposable {
  readonly #folder: string
  readonly #log: Log
  readonly #spool: Spool
  readonly #reader: Reader
  #numbering: Numbering
  /** Read and not delivered, in order. */
  #pending: StoredRecord[] = []
  #fault: string | undefined
  /** Since the last message that was delivered. */
  #failures = 0
  /** performance.now() of the next attempt. */
  #retryAt = 0

  /** Rejects with SpoolError LOCKED when another process uses the folder. */
  static async open({ folder, name, maxBytes, keepHours, log }: MessageStreamOptions): Promise<MessageStream> {
    await mkdir(folder, { recursive: true })
    await using stack = new AsyncDisposableStack()
    const spool = stack.use(
      await Spool.open({
        folder,
        maxBytes,
        ...(keepHours !== undefined && { keepHours }),
        name: 'sender',
        onFatal: (error) => {
          log.fatal({ err: error, folder }, 'spool failed; the process ends')
          process.exit(1)
        },
        onDamage: (damage) => log.error({ folder, damage }, 'messages of the spool cannot be read'),
      }),
    )
    const numbering = await openNumbering(folder, name)
    const reader = await spool.reader('target')
    stack.move()
    return new MessageStream({ folder, log, spool, reader, numbering })
  }

  private constructor(parts: { folder: string; log: Log; spool: Spool; reader: Reader; numbering: Numbering }) {
    this.#folder = parts.folder
    this.#log = parts.log
    this.#spool = parts.spool
    this.#reader = parts.reader
    this.#numbering = parts.numbering
  }

  /** Messages that are not delivered. */
  get waiting(): number {
    return this.#spool.nextNumber - this.#reader.acknowledged
  }

  /** When the first of them was stored (Unix time in milliseconds), once it has been read. */
  get waitingSince(): number | undefined {
    return this.#pending[0]?.time
  }

  /** Why its next message is not taken, while that is so. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Milliseconds until `next` has something to give; Infinity: not before something is added. */
  get dueInMs(): number {
    const hasMore = this.#pending.length > 0 || this.#spool.nextNumber > this.#reader.position
    return hasMore ? Math.max(0, this.#retryAt - performance.now()) : Number.POSITIVE_INFINITY
  }

  /** Resolves when it is durable. Rejects with SpoolError when it is not stored: then it takes no number either. */
  async add(text: string): Promise<void> {
    await this.#spool.append({ header: Buffer.from(newTraceparent()), body: Buffer.from(text), counted: true })
  }

  /** At most `most` messages that are next; the same ones again until they are settled. */
  async next(most: number): Promise<Message[]> {
    if (this.#pending.length === 0) this.#pending = await this.#reader.read({ records: most, signal: NO_WAIT })
    return this.#pending.slice(0, most).map((record) => {
      const traceparent = record.header.toString()
      const requestId = requestIdOf(traceparent)
      return { ...numberOf(record, this.#numbering), content: record.body.toString(), requestId, traceparent }
    })
  }

  /** Takes the results of the first messages that `next` gave. */
  async settle(results: readonly Result[]): Promise<void> {
    const faulty = results.findIndex(({ result }) => result !== 'taken' && result !== 'duplicate')
    const delivered = this.#pending.splice(0, faulty === -1 ? results.length : faulty)
    for (const { result } of results.slice(0, delivered.length)) sent.inc({ result })
    const last = delivered.at(-1)
    if (last !== undefined) {
      await this.#reader.acknowledge(last.number)
      this.#recover()
    }
    const fault = results[faulty]
    const record = this.#pending[0]
    if (fault === undefined || record === undefined) return
    this.#retryAt = performance.now() + backoffMs(this.#failures++, BACKOFF)
    if (fault.result === 'expected') await this.#goBack(record, fault.seq)
    if (fault.result === 'refused') await this.#refused(record, fault)
  }

  #recover(): void {
    if (this.#fault !== undefined) this.#log.info({ ...this.#first }, 'stream goes on')
    this.#fault = undefined
    this.#failures = 0
  }

  /** The target lost messages, as one that was restored from a backup has: it gets again what is still kept. */
  async #goBack(record: StoredRecord, expected: number): Promise<void> {
    const { seq } = numberOf(record, this.#numbering)
    const number = record.number - (seq - expected)
    if (number >= record.number || number < this.#spool.oldestNumber) {
      this.#stuck(record, `the target expects ${expected}, which is not here`)
      return
    }
    this.#log.warn({ ...numberOf(record, this.#numbering), expected }, 'target lost messages; they are sent again')
    await this.#reader.seek(number)
    this.#pending = []
  }

  async #refused(record: StoredRecord, { status, detail }: { status: number; detail: string }): Promise<void> {
    if (USED_NUMBER.includes(status) && !this.#isFirstOfEpoch(record)) await this.#renumber(record, detail)
    else this.#stuck(record, `the target answers ${status}: ${detail}`)
  }

  #isFirstOfEpoch({ epoch, count }: StoredRecord): boolean {
    const { renumbered } = this.#numbering
    return renumbered?.of === epoch && renumbered.above === count - 1
  }

  /** This spool came back from a backup, or is a copy of another: from `record` on all messages are those of a new epoch. */
  async #renumber(record: StoredRecord, detail: string): Promise<void> {
    const { name } = this.#numbering
    const numbering = { name, renumbered: { of: record.epoch, above: record.count - 1, epoch: randomUUID() } }
    await saveNumbering(this.#folder, numbering)
    const former = numberOf(record, this.#numbering)
    this.#numbering = numbering
    renumberings.inc()
    const { stream } = numberOf(record, numbering)
    this.#log.error(
      { ...former, detail, newStream: stream },
      'number was used before, by a copy of the spool; a new epoch begins',
    )
  }

  #stuck(record: StoredRecord, fault: string): void {
    if (fault !== this.#fault) this.#log.error({ ...numberOf(record, this.#numbering), fault }, 'stream is stuck')
    this.#fault = fault
  }

  /** The next message, for people. */
  get #first(): { stream?: string; seq?: number } {
    const record = this.#pending[0]
    return record === undefined ? {} : numberOf(record, this.#numbering)
  }

  get report() {
    const { name } = this.#numbering
    return { name, epoch: this.#spool.epoch, waiting: this.waiting, fault: this.#fault, ...this.#first }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]()
  }
}
