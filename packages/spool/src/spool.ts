import { counter, gauge, histogram } from '@livepods/service'
import { Cursor, cursorsAmong, type Place } from './cursor.ts'
import { diskFiles, type Files } from './files.ts'
import { MAX_RECORD_HEADER, type NewRecord, recordBytes } from './group.ts'
import { GroupCommit } from './group-commit.ts'
import { encodeKeys, Keys, type Position } from './keys.ts'
import { Log } from './log.ts'
import { Reader } from './reader.ts'
import { type Damage, recover } from './recovery.ts'
import { Reserve } from './reserve.ts'
import { HEAD } from './segment.ts'
import { SpoolError } from './spool-error.ts'

export interface SpoolOptions {
  /** Made if it is not there. */
  folder: string
  /** Of all segments whose records some reader has not acknowledged. */
  maxBytes: number
  /** So long acknowledged segments are kept, to be read again, where `maxBytes` and the disk allow it. */
  keepHours?: number
  /** A segment takes no more groups when it would be larger. */
  segmentBytes?: number
  /** The spool in metrics. */
  name: string
  /** A file failed and must not be written again: the process has to end, and the next one recovers. */
  onFatal: (error: unknown) => void
  /** Once for each thing that cannot be read any more. */
  onDamage: (damage: Damage) => void
  files?: Files
  /** Unix time in milliseconds. */
  now?: () => number
}

const SEGMENT_BYTES = 64 * 1024 * 1024
/** The CPU takes 5 ms for the CRC of so much. */
const GROUP_BYTES = 8 * 1024 * 1024
/** Of one record with its header. */
const MAX_RECORD = 16 * 1024 * 1024

const commits = histogram({
  name: 'spool_commit_duration_seconds',
  help: 'Time of a write and its fdatasync, for all that arrived during the one before.',
  labels: ['spool'],
})
const stored = counter({ name: 'spool_records_total', help: 'Records that were stored.', labels: ['spool'] })
const rejected = counter({
  name: 'spool_rejected_total',
  help: 'Records that were not stored, by code.',
  labels: ['spool', 'code'],
})
const lost = counter({
  name: 'spool_lost_records_total',
  help: 'Records that cannot be read any more.',
  labels: ['spool'],
})
const sizes = gauge({ name: 'spool_bytes', help: 'Size of all segments.', labels: ['spool'] })
const known = gauge({ name: 'spool_keys', help: 'Idempotency keys that are known.', labels: ['spool'] })

/**
 * A durable log of records in a folder: appended in groups, read in order by readers that keep their place, deleted when all of them have
 * acknowledged. docs/decisions/0015 has the format and what happens at which fault.
 */
export class Spool implements AsyncDisposable {
  readonly #options: Required<SpoolOptions>
  readonly #log: Log
  readonly #keys: Keys
  readonly #cursors = new Map<string, Cursor>()
  readonly #readers = new Map<string, Reader>()
  readonly #commit: GroupCommit<NewRecord, Position>
  readonly #reserve: Reserve
  readonly #stack: AsyncDisposableStack
  /** Of segments that are neither the last nor acknowledged. */
  #unacknowledgedBytes = 0
  #isDiskFull = false
  #hasFailed = false
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    options: Required<SpoolOptions>,
    { log, keys, reserve, stack }: { log: Log; keys: Keys; reserve: Reserve; stack: AsyncDisposableStack },
  ) {
    this.#options = options
    this.#log = log
    this.#keys = keys
    this.#reserve = reserve
    this.#stack = stack
    this.#commit = new GroupCommit({
      maxBytes: Math.min(GROUP_BYTES, options.segmentBytes),
      commit: (records) => this.#store(records),
    })
  }

  /** Rejects with LOCKED when another process uses the folder, with DISK_FULL when a new folder finds no room. */
  static async open(given: SpoolOptions): Promise<Spool> {
    const options: Required<SpoolOptions> = {
      keepHours: 0,
      segmentBytes: Math.min(SEGMENT_BYTES, Math.floor(given.maxBytes / 4)),
      files: diskFiles,
      now: Date.now,
      ...given,
    }
    const { files, folder, now } = options
    await files.makeFolder(folder)
    await using stack = new AsyncDisposableStack()
    stack.use(await files.lock(folder))
    const names = await files.names(folder)
    const cursors = new Map<string, Cursor>()
    for (const reader of cursorsAmong(names)) {
      const cursor = await Cursor.open(files, folder, reader)
      if (cursor !== undefined) cursors.set(reader, stack.use(cursor))
    }
    const recovered = await recover({ files, folder, cursors: [...cursors.values()], now: now() })
    const log = stack.use(new Log(files, folder, recovered))
    const { first } = log.last
    const keys = stack.use(
      await Keys.open({ files, folder, first, keyed: recovered.keyed, now: Math.floor(now() / 1000) }),
    )
    const reserve = new Reserve(files, folder, names)
    const spool = new Spool(options, { log, keys, reserve, stack: stack.move() })
    for (const [reader, cursor] of cursors) spool.#cursors.set(reader, cursor)
    for (const damage of recovered.damages) spool.#damaged(damage)
    for (const reader of cursorsAmong(names).filter((name) => !cursors.has(name))) {
      await spool.#createCursor(reader)
      spool.#damaged({ file: `${reader}.cursor`, offset: 0, bytes: 4096, firstLost: 0, lastLost: -1 })
    }
    await spool.#release()
    return spool
  }

  /** Changes when counts begin again at 1: see docs/decisions/0015. */
  get epoch(): string {
    return this.#log.epoch
  }

  /** The number that the next record gets. */
  get nextNumber(): number {
    return this.#log.nextNumber
  }

  /** The oldest record that can be read, if any. */
  get oldestNumber(): number {
    return (this.#log.sealed[0] ?? this.#log.last).first
  }

  get status() {
    return {
      bytes: this.#log.bytes,
      segments: this.#log.sealed.length + 1,
      nextNumber: this.nextNumber,
      oldestNumber: this.oldestNumber,
      keys: this.#keys.size,
      isDiskFull: this.#isDiskFull,
      waiting: Object.fromEntries([...this.#readers].map(([name, reader]) => [name, reader.waiting])),
    }
  }

  /**
   * Resolves when the record is durable. Rejects with SpoolError SPOOL_FULL, DISK_FULL, KEY_REUSED or CLOSED: then it is not stored, except
   * that after a failure (CLOSED) it may be. Rejects with RangeError when it is too large.
   */
  async append(record: NewRecord): Promise<Position> {
    const bytes = recordBytes(record)
    if (record.header.length > MAX_RECORD_HEADER || bytes > MAX_RECORD)
      throw new RangeError(`A record of ${bytes} bytes is too large.`)
    const { key } = record
    return await (key === undefined ? this.#add(record, bytes) : this.#keys.once(key, () => this.#add(record, bytes)))
  }

  /** The reader of this name, which goes on at its cursor; a new one begins with the oldest record. */
  async reader(name: string): Promise<Reader> {
    if (!/^[a-z0-9-]{1,64}$/.test(name)) throw new RangeError(`No name of a reader: ${name}`)
    const existing = this.#readers.get(name)
    if (existing !== undefined) return existing
    const cursor = this.#cursors.get(name) ?? (await this.#createCursor(name))
    const acknowledge = (place: Place) => this.#acknowledge(cursor, place)
    const reader = new Reader({ log: this.#log, cursor, onDamage: (damage) => this.#damaged(damage), acknowledge })
    this.#readers.set(name, reader)
    this.#stack.use(reader)
    return reader
  }

  async #add(record: NewRecord, bytes: number): Promise<Position> {
    try {
      if (this.#hasFailed) throw new SpoolError('CLOSED', 'A file of the spool has failed.')
      const used = this.#unacknowledgedBytes + this.#log.last.bytes + this.#commit.waitingBytes
      if (used + bytes > this.#options.maxBytes) throw new SpoolError('SPOOL_FULL', 'The spool is full.')
      return await this.#commit.add(record, bytes)
    } catch (error) {
      if (error instanceof SpoolError) rejected.inc({ spool: this.#options.name, code: error.code })
      throw error
    }
  }

  /** A group; never two at a time. What is only kept makes room on a full disk before anything is refused. */
  async #store(records: NewRecord[]): Promise<Position[]> {
    try {
      return await this.#storeOnce(records)
    } catch (error) {
      const { code } = error as SpoolError
      if (code !== 'DISK_FULL' || this.#acknowledged <= this.oldestNumber) throw error
      await this.#turn
      return await this.#storeOnce(records)
    }
  }

  async #storeOnce(records: NewRecord[]): Promise<Position[]> {
    if (this.#hasFailed) throw new SpoolError('CLOSED', 'A file of the spool has failed.')
    const spool = this.#options.name
    const stopTimer = commits.startTimer({ spool })
    try {
      const time = this.#options.now()
      if (this.#needsNewSegment(records)) await this.#beginSegment(time)
      let { nextNumber, count } = this.#log
      const positions = records.map(({ counted }) => ({
        number: nextNumber++,
        count: counted ? ++count : 0,
        isRepeated: false,
      }))
      const keyed = records.flatMap(({ key }, index) => (key ? [{ ...key, ...(positions[index] as Position) }] : []))
      const entries = encodeKeys(keyed, Math.floor(time / 1000))
      await this.#keys.write(entries)
      await this.#log.append(records, time)
      this.#keys.add(entries)
      this.#isDiskFull = false
      stored.inc({ spool }, records.length)
      return positions
    } catch (error) {
      if (!(error instanceof SpoolError)) throw this.#fail(error)
      this.#isDiskFull = true
      void this.#release()
      throw error
    } finally {
      stopTimer()
    }
  }

  #needsNewSegment(records: readonly NewRecord[]): boolean {
    const { bytes } = this.#log.last
    if (bytes === HEAD) return false
    const more = records.reduce((sum, record) => sum + recordBytes(record), 0)
    // On a full disk the room of the last segment is the only one that can come back.
    const isAcknowledged = this.#acknowledged >= this.#log.nextNumber
    return bytes + more > this.#options.segmentBytes || (this.#isDiskFull && isAcknowledged)
  }

  async #beginSegment(time: number): Promise<void> {
    const begin = async () => {
      await this.#keys.seal()
      await this.#log.roll(time)
    }
    try {
      await begin()
    } catch (error) {
      if (!(error instanceof SpoolError && (await this.#reserve.give()))) throw error
      await begin()
    }
    await this.#keys.begin(this.#log.last.first)
    await this.#release()
  }

  /** The next record that some reader has not acknowledged. */
  get #acknowledged(): number {
    const numbers = [...this.#cursors.values()].map(({ place }) => place.number)
    return numbers.length === 0 ? 0 : Math.min(...numbers)
  }

  async #acknowledge(cursor: Cursor, place: Place): Promise<void> {
    try {
      await cursor.move(place)
    } catch (error) {
      throw error instanceof SpoolError ? error : this.#fail(error)
    }
    this.#measure()
    // The cursor is durable: only now its records may go.
    void this.#release()
  }

  /** Removes segments and keys that nobody needs. */
  #release(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#removeAcknowledged()
        await this.#keys.expire(Math.floor(this.#options.now() / 1000))
        await this.#reserve.take()
        known.set({ spool: this.#options.name }, this.#keys.size)
        sizes.set({ spool: this.#options.name }, this.#log.bytes)
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  /** What removes segments and what needs them to stay: one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async #removeAcknowledged(): Promise<void> {
    const { maxBytes, segmentBytes, keepHours, now } = this.#options
    for (;;) {
      const [oldest] = this.#log.sealed
      const next = oldest && this.#log.segmentAfter(oldest.first)
      if (oldest === undefined || next === undefined || next.first > this.#acknowledged) break
      const hasRoom = !this.#isDiskFull && this.#log.bytes + segmentBytes <= maxBytes
      if (hasRoom && now() - next.begun < keepHours * 3_600_000) break
      // The room of a file that is open does not come back.
      for (const reader of this.#readers.values()) await reader.leave(oldest.first)
      await this.#log.removeOldest()
    }
    this.#measure()
  }

  #measure(): void {
    const { first } = this.#log.segmentOf(this.#acknowledged)
    this.#unacknowledgedBytes = this.#log.sealed.reduce((sum, one) => (one.first < first ? sum : sum + one.bytes), 0)
  }

  #createCursor(reader: string): Promise<Cursor> {
    return this.#inTurn(async () => {
      const { files, folder } = this.#options
      const existing = this.#cursors.get(reader)
      if (existing !== undefined) return existing
      const place = { number: this.oldestNumber, segment: 0, offset: 0, epoch: this.epoch }
      const cursor = this.#stack.use(await Cursor.create(files, folder, reader, place))
      this.#cursors.set(reader, cursor)
      return cursor
    })
  }

  #damaged(damage: Damage): void {
    lost.inc({ spool: this.#options.name }, Math.max(0, damage.lastLost - damage.firstLost + 1))
    this.#options.onDamage(damage)
  }

  #fail(error: unknown): SpoolError {
    if (!this.#hasFailed) this.#options.onFatal(error)
    this.#hasFailed = true
    return new SpoolError('CLOSED', 'A file of the spool has failed.', { cause: error })
  }

  /** Takes no more records, stores what it has taken, and lets go of the folder. Reads that wait give nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commit.close()
    await this.#turn
    await this.#stack.disposeAsync()
  }
}
