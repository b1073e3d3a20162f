import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, gauge, type Log } from '@livepods/service'
import { type Reader, Spool, SpoolError, type SpoolOptions } from '@livepods/spool'
import type { Delivery, Entry, StuckEntry } from './delivery.ts'
import { BATCH } from './limits.ts'
import { messageOf, type NumberedMessage, recordOf } from './record.ts'

export interface ParkingOptions extends Pick<SpoolOptions, 'folder' | 'onFatal' | 'onDamage'> {
  /** From so many on, new messages of the streams in here are refused. */
  maxBytes: number
  /** What is in the relay's spool already fits in any case. */
  spoolBytes: number
  log: Log
}

interface ParkedStream {
  /** Numbers in this spool: of its last message, and of the last one that was delivered in its order. */
  last: number
  delivered: number
  /** The last pass in which its first message was not taken. */
  blockedIn: number
  /** What the sink said that it needs, in how many passes in a row; 0: it has not said so. */
  expected: number
  passes: number
  /** Whether the delivered messages of the relay were searched for that one, and it is not among them. */
  search: 'due' | 'done' | 'in vain'
}

const RETRY = { baseMs: 100, maxMs: 30_000 }
const DISK_FULL_WAIT_MS = 1000
/** After so many passes a gap is none that another relay is about to close: some seconds. */
const PASSES = 5
/** Streams that are named. */
const NAMED = 10

const streams = gauge({ name: 'relay_parked_streams', help: 'Streams that wait behind a gap.' })

/**
 * A second spool for the messages of streams that have a gap at the sink, so that they hold up no others. It is read from its beginning
 * again and again, and each time the first message of each stream shows whether the gap is closed.
 */
export class Parking implements AsyncDisposable {
  readonly #options: ParkingOptions
  readonly #spool: Spool
  readonly #reader: Reader
  readonly #streams = new Map<string, ParkedStream>()
  /** The pass under way, and the first message that it leaves. */
  #pass = 1
  #firstLeft: number | undefined
  #hasDelivered = false
  #isReading = false
  #attempt = 0
  #dueAt = 0

  static async open(options: ParkingOptions): Promise<Parking> {
    const { folder, maxBytes, spoolBytes, onFatal, onDamage } = options
    await using stack = new AsyncDisposableStack()
    const spool = stack.use(
      await Spool.open({ folder, name: 'parked', maxBytes: maxBytes + 2 * spoolBytes, onFatal, onDamage }),
    )
    const parking = new Parking(options, spool, await spool.reader('sink'))
    await parking.#load()
    stack.move()
    return parking
  }

  private constructor(options: ParkingOptions, spool: Spool, reader: Reader) {
    this.#options = options
    this.#spool = spool
    this.#reader = reader
  }

  /** Whether the messages of this stream have to wait here. */
  has(stream: string): boolean {
    return this.#streams.has(stream)
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0
  }

  get isFull(): boolean {
    return this.#reader.waiting.bytes >= this.#options.maxBytes
  }

  /** Messages, of which some may have been delivered already. */
  get waiting() {
    return this.#reader.waiting
  }

  get report() {
    const missing = [...this.#streams]
      .filter(([, { search }]) => search === 'in vain')
      .map(([stream, { expected }]) => ({ stream, expected }))
    return { streams: this.#streams.size, ...this.waiting, isFull: this.isFull, missing: missing.slice(0, NAMED) }
  }

  /** Streams that have lacked the same message for some seconds, with its number, where it was not searched for yet. */
  get lacking(): Map<string, number> {
    const lacking = [...this.#streams].filter(([, { passes, search }]) => passes >= PASSES && search === 'due')
    return new Map(lacking.map(([stream, { expected }]) => [stream, expected]))
  }

  /** Says what became of the search for what these streams lack. */
  searched(lacking: ReadonlyMap<string, number>, { found }: { found: boolean }): void {
    for (const [stream, expected] of lacking) {
      const parked = this.#streams.get(stream)
      if (parked?.expected === expected) parked.search = found ? 'done' : 'in vain'
    }
    // What was found is on its way.
    if (found) this.#dueAt = performance.now() + RETRY.baseMs
  }

  /** Milliseconds until `retry` has something to do. */
  get dueInMs(): number {
    if (this.isEmpty) return Number.POSITIVE_INFINITY
    return this.#isReading ? 0 : Math.max(0, this.#dueAt - performance.now())
  }

  /** Durable when it resolves, after as long as a full disk takes. At most a batch. Rejects when the signal aborts. */
  async park(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    for (;;) {
      // Appends of one turn are one group: all are stored, or none.
      const stored = await Promise.allSettled(entries.map(({ message }) => this.#spool.append(recordOf(message))))
      const failed = stored.find((one) => one.status === 'rejected')
      if (!failed) {
        for (const [index, one] of stored.entries())
          if (one.status === 'fulfilled') this.#add((entries[index] as Entry).message, one.value.number)
        return
      }
      if (!(failed.reason instanceof SpoolError) || failed.reason.code === 'CLOSED') throw failed.reason
      this.#options.log.warn({ err: failed.reason }, 'messages behind a gap wait for room')
      await sleep(DISK_FULL_WAIT_MS, undefined, { signal })
    }
  }

  /** Offers the sink the next batch of what waits. Rejects when the signal aborts. */
  async retry(delivery: Delivery, signal: AbortSignal): Promise<void> {
    this.#isReading = true
    const records = await this.#reader.read(BATCH)
    const all = records.map((record) => ({ number: record.number, message: messageOf(record, String) }))
    const offered = all.filter((entry) => !this.#isBlocked(entry) && this.#isLeft(entry))
    this.#delivered(offered, new Map((await delivery.deliver(offered, signal)).map((entry) => [entry.number, entry])))
    this.#firstLeft ??= all.find((entry) => this.#isLeft(entry))?.number
    await this.#reader.acknowledge((this.#firstLeft ?? this.#reader.position) - 1)
    for (const [name, { last, delivered }] of this.#streams) if (delivered >= last) this.#streams.delete(name)
    streams.set(this.#streams.size)
    if (this.#reader.position >= this.#spool.nextNumber) await this.#endPass()
  }

  #isBlocked({ message: { stream } }: Entry): boolean {
    return this.#streams.get(stream)?.blockedIn === this.#pass
  }

  #isLeft({ number, message: { stream } }: Entry): boolean {
    const parked = this.#streams.get(stream)
    return parked !== undefined && number > parked.delivered
  }

  /** Those before the first one that is left, of each stream. */
  #delivered(offered: readonly Entry[], left: ReadonlyMap<number, StuckEntry>): void {
    for (const { number, message } of offered) {
      const parked = this.#streams.get(message.stream)
      if (!parked || parked.blockedIn === this.#pass) continue
      const stuck = left.get(number)
      if (stuck) this.#block(parked, stuck)
      else {
        parked.delivered = number
        this.#hasDelivered = true
      }
    }
  }

  #block(parked: ParkedStream, { expected = 0 }: StuckEntry): void {
    parked.blockedIn = this.#pass
    const isSame = parked.expected === expected
    parked.passes = expected > 0 && isSame ? parked.passes + 1 : Math.sign(expected)
    if (!isSame) parked.search = 'due'
    parked.expected = expected
  }

  async #endPass(): Promise<void> {
    this.#attempt = this.#hasDelivered ? 0 : this.#attempt + 1
    this.#dueAt = performance.now() + backoffMs(this.#attempt, RETRY)
    this.#pass++
    this.#firstLeft = undefined
    this.#hasDelivered = false
    this.#isReading = false
    if (!this.isEmpty) await this.#reader.seek(this.#reader.acknowledged)
  }

  async #load(): Promise<void> {
    while (this.#reader.position < this.#spool.nextNumber)
      for (const record of await this.#reader.read(BATCH)) this.#add(messageOf(record, String), record.number)
    await this.#reader.seek(this.#reader.acknowledged)
  }

  #add({ stream }: NumberedMessage, number: number): void {
    const parked = this.#streams.get(stream)
    if (parked) parked.last = number
    else {
      this.#streams.set(stream, {
        ...{ last: number, delivered: number - 1, blockedIn: 0 },
        ...{ expected: 0, passes: 0, search: 'due' },
      })
      streams.set(this.#streams.size)
      this.#attempt = 0
      this.#dueAt = Math.min(this.#dueAt, performance.now() + RETRY.baseMs)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]()
  }
}
