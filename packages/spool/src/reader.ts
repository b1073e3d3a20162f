import type { Cursor, Place } from './cursor.ts'
import type { OpenFile } from './files.ts'
import { type Group, recordsOf, type StoredRecord } from './group.ts'
import type { Log } from './log.ts'
import type { Damage } from './recovery.ts'
import { HEAD, type Head, readGroups, segmentName } from './segment.ts'

export interface ReaderOptions {
  log: Log
  cursor: Cursor
  onDamage: (damage: Damage) => void
  /** Moves the cursor durably, then lets go of what no reader needs. */
  acknowledge: (place: Place) => Promise<void>
}

interface OpenSegment {
  first: number
  file: OpenFile
  head: Head
  /** Of the next group. */
  offset: number
}

/**
 * Reads a spool in order and keeps its place there. What is read is given again after a restart until it is acknowledged, so each record at
 * least once. One call of `read` at a time.
 */
export class Reader implements AsyncDisposable {
  readonly #options: ReaderOptions
  #segment: OpenSegment | undefined
  /** Bytes of `#segment` that are no whole group, while it is not known which records they had. */
  #damaged: { offset: number; bytes: number } | undefined
  #isReading = false
  /** The next record to be read from the disk. */
  #next: number
  /** Read, and not given yet. */
  #records: StoredRecord[] = []
  /** Where groups begin, from the one that the cursor is in to the last one that was read. */
  #starts: { number: number; segment: number; offset: number; time: number }[] = []

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#next = options.cursor.place.number
  }

  /** The next record that `read` gives. */
  get position(): number {
    return this.#records[0]?.number ?? this.#next
  }

  /** The next record that is not acknowledged, durably. */
  get acknowledged(): number {
    return this.#options.cursor.place.number
  }

  /** What is not acknowledged. `since`: when the oldest of it was stored (Unix time in milliseconds), once it has been read. */
  get waiting(): { records: number; bytes: number; since: number | undefined } {
    const { log, cursor } = this.#options
    const { number, segment, offset } = cursor.place
    const records = Math.max(0, log.nextNumber - number)
    if (records === 0) return { records, bytes: 0, since: undefined }
    const current = log.segmentOf(number)
    const later = [...log.sealed, log.last].filter(({ first }) => first >= current.first)
    const before = segment === current.first ? offset : HEAD
    const bytes = later.reduce((sum, one) => sum + one.bytes, 0) - before
    const since = this.#starts.findLast((start) => start.number <= number)?.time
    return { records, bytes, since }
  }

  /**
   * Waits until there are records; gives at most `records` of them with `bytes` bytes of headers and bodies, but always one. Empty when
   * `signal` aborted, or the spool was closed.
   */
  async read({
    records = 1000,
    bytes = 1024 * 1024,
    signal,
  }: {
    records?: number
    bytes?: number
    signal?: AbortSignal
  } = {}): Promise<StoredRecord[]> {
    while (this.#records.length === 0)
      if (!(await this.#readMore()) && !(await this.#options.log.whenAppended(this.#next, signal))) return []
    let taken = 0
    let size = 0
    for (const { header, body } of this.#records) {
      size += header.length + body.length
      if (taken > 0 && (taken === records || size > bytes)) break
      taken++
    }
    return this.#records.splice(0, taken)
  }

  /** Says that all up to the record `number` is done; durable when it resolves. Of several calls the largest number counts. */
  async acknowledge(number: number): Promise<void> {
    if (number >= this.position) throw new RangeError(`Record ${number} has not been read.`)
    const next = number + 1
    if (next <= this.acknowledged) return
    const { log } = this.#options
    const start = this.#starts.findLast((one) => one.number <= next)
    await this.#options.acknowledge({
      number: next,
      segment: start?.segment ?? 0,
      offset: start?.offset ?? 0,
      epoch: log.epoch,
    })
    while ((this.#starts[1]?.number ?? Number.POSITIVE_INFINITY) <= this.acknowledged) this.#starts.shift()
  }

  /** Makes `number` the next record to be read; or the first one after it that is still there. */
  async seek(number: number): Promise<void> {
    await this.#leaveSegment()
    this.#records = []
    this.#starts = []
    this.#next = number
  }

  /** Closes the file of the segment that begins with the record `first`, unless it is being read. */
  async leave(first: number): Promise<void> {
    if (this.#segment?.first === first && !this.#isReading) await this.#leaveSegment()
  }

  /** Reads the next chunk; false when there is nothing more. */
  async #readMore(): Promise<boolean> {
    if (this.#next >= this.#options.log.nextNumber) return false
    this.#isReading = true
    try {
      await this.#readChunk()
    } finally {
      this.#isReading = false
    }
    return true
  }

  async #readChunk(): Promise<void> {
    const { log } = this.#options
    this.#segment ??= await this.#enterSegment()
    const segment = this.#segment
    if (segment === undefined) return
    const { mark } = segment.head
    const from = segment.offset
    const { groups, next, damage } = await readGroups(segment.file, { mark, from, to: log.bytesOf(segment.first) })
    segment.offset = next
    if (damage) this.#damaged = { offset: from, bytes: next - from }
    for (const group of groups) this.#take(group, segment)
    if (from === next && next >= log.bytesOf(segment.first)) {
      this.#lose(log.segmentAfter(segment.first)?.first ?? log.nextNumber, segment)
      await this.#leaveSegment()
    }
  }

  async #enterSegment(): Promise<OpenSegment | undefined> {
    const { log, cursor } = this.#options
    const { first } = log.segmentOf(this.#next)
    const opened = await log.open(first)
    if (opened === undefined) {
      const after = log.segmentAfter(first)
      if (after === undefined) throw new Error(`${segmentName(first)} cannot be read any more.`)
      this.#damaged = { offset: 0, bytes: log.bytesOf(first) }
      this.#lose(after.first, { first })
      return undefined
    }
    const { number, segment, offset } = cursor.place
    return { first, ...opened, offset: segment === first && number === this.#next ? offset : HEAD }
  }

  async #leaveSegment(): Promise<void> {
    const segment = this.#segment
    this.#segment = undefined
    await segment?.file.close()
  }

  #take(group: Group, { first, head }: OpenSegment): void {
    const isFiller = group.data.length === 0
    if (group.number > this.#next && !isFiller) this.#lose(group.number, { first })
    this.#damaged = undefined
    if (isFiller) this.#next = Math.max(this.#next, group.number)
    if (group.nextNumber <= this.#next) return
    this.#starts.push({ number: group.number, segment: first, offset: group.offset, time: group.time })
    for (const record of recordsOf(group, head.epoch)) if (record.number >= this.#next) this.#records.push(record)
    this.#next = group.nextNumber
  }

  /** Goes on with the record `next`; those before it cannot be read. */
  #lose(next: number, { first }: { first: number }): void {
    const firstLost = Math.max(this.#next, this.acknowledged)
    const { offset, bytes } = this.#damaged ?? { offset: this.#segment?.offset ?? 0, bytes: 0 }
    if (firstLost < next)
      this.#options.onDamage({ file: segmentName(first), offset, bytes, firstLost, lastLost: next - 1 })
    this.#damaged = undefined
    this.#next = Math.max(this.#next, next)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaveSegment()
  }
}
