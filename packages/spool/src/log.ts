import { join } from 'node:path'
import type { Files, OpenFile } from './files.ts'
import { encodeGroup, type NewRecord } from './group.ts'
import type { Recovered } from './recovery.ts'
import { guessHead, type Head, newMark, readHead, type Segment, segmentName } from './segment.ts'
import { SegmentWriter } from './segment-writer.ts'

/** Where a group was stored. */
export interface Stored {
  /** Of its first record. */
  number: number
  /** Counted records before it. */
  count: number
}

/** The segments of a folder: all records in order, the last of them durable. One group is appended at a time. */
export class Log implements AsyncDisposable {
  readonly #files: Files
  readonly #folder: string
  /** All but the last one, ascending. */
  readonly #sealed: Segment[]
  #writer: SegmentWriter
  #nextNumber: number
  #count: number
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  constructor(files: Files, folder: string, { sealed, writer, nextNumber, count }: Recovered) {
    this.#files = files
    this.#folder = folder
    this.#sealed = sealed
    this.#writer = writer
    this.#nextNumber = nextNumber
    this.#count = count
  }

  /** The number of the next record. */
  get nextNumber(): number {
    return this.#nextNumber
  }

  /** Counted records of this epoch. */
  get count(): number {
    return this.#count
  }

  get epoch(): string {
    return this.#writer.head.epoch
  }

  get last(): Segment {
    const { first, time } = this.#writer.head
    return { first, bytes: this.#writer.end, begun: time }
  }

  get sealed(): readonly Segment[] {
    return this.#sealed
  }

  /** Of all segments. */
  get bytes(): number {
    return this.#sealed.reduce((sum, { bytes }) => sum + bytes, this.#writer.end)
  }

  /** The segment that has the record `number`, or the first one after it. */
  segmentOf(number: number): Segment {
    if (this.last.first <= number) return this.last
    return this.#sealed.findLast(({ first }) => first <= number) ?? this.#sealed[0] ?? this.last
  }

  /** The segment after the one that begins with `first`; undefined after the last. */
  segmentAfter(first: number): Segment | undefined {
    if (first >= this.last.first) return undefined
    return this.#sealed.find((segment) => segment.first > first) ?? this.last
  }

  /** Up to here a segment can be read; 0 when it has been removed. */
  bytesOf(first: number): number {
    if (first === this.last.first) return this.last.bytes
    return this.#sealed.find((segment) => segment.first === first)?.bytes ?? 0
  }

  /** Opens a segment to read it; undefined when it is not there, or says nothing. */
  async open(first: number): Promise<{ file: OpenFile; head: Head } | undefined> {
    let file: OpenFile
    try {
      file = await this.#files.open(join(this.#folder, segmentName(first)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const head = (await readHead(file, first)) ?? (await guessHead(file, first, this.epoch))
    if (head !== undefined) return { file, head }
    await file.close()
    return undefined
  }

  /** Resolves when the records are durable. Rejects with DISK_FULL, and nothing of them is stored then. */
  async append(records: readonly NewRecord[], time: number): Promise<Stored> {
    const stored = { number: this.#nextNumber, count: this.#count }
    await this.#writer.append(encodeGroup(records, { mark: this.#writer.head.mark, ...stored, time }))
    this.#nextNumber += records.length
    for (const { counted } of records) if (counted) this.#count++
    this.#wake()
    return stored
  }

  /** Goes on in a new segment. Rejects with DISK_FULL, and all is as before then. */
  async roll(time: number): Promise<void> {
    const former = this.last
    const writer = this.#writer
    const head = { first: this.#nextNumber, count: this.#count, time, epoch: this.epoch, mark: newMark() }
    this.#writer = await SegmentWriter.create(this.#files, this.#folder, head)
    this.#sealed.push(former)
    await writer[Symbol.asyncDispose]()
  }

  /** Removes the oldest segment, durably: no crash may bring it back without the one after it. Never the last one. */
  async removeOldest(): Promise<void> {
    const oldest = this.#sealed.shift()
    if (oldest === undefined) return
    await this.#files.remove(join(this.#folder, segmentName(oldest.first)))
    await this.#files.syncFolder(this.#folder)
  }

  /** Resolves with true when the record `number` is durable, with false when `signal` aborts or the log is closed. */
  async whenAppended(number: number, signal?: AbortSignal): Promise<boolean> {
    while (this.#nextNumber <= number) {
      if (signal?.aborted || this.#isClosed) return false
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal?.removeEventListener('abort', wake)
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
        signal?.addEventListener('abort', wake)
      })
    }
    return true
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#writer[Symbol.asyncDispose]()
  }
}
