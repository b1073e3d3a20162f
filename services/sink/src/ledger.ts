import type { Result } from '@livepods/messages'
import type { Entry } from './entry.ts'
import { isAbsent, KIND, type Kind } from './kind.ts'

/** A stream as its row has it. */
export interface StreamState {
  id: string
  name: string
  /** All numbers up to this one were taken. */
  high: number
  absent: number
  duplicates: number
  uncompared: number
  conflicts: number
  /** The lowest number that came too early, and when that was first seen. */
  ahead: number | null
  gapSince: Date | null
}

/** What is known of a number that was taken. */
export interface Taken {
  kind: Kind
  /** Null: any body fits. */
  sha256: Buffer | null
}

/** A row that is to be inserted. */
export interface NewRow extends Taken {
  stream: StreamState
  seq: number
  entry: Omit<Entry, 'stream' | 'seq' | 'sha256'>
}

/** Numbers of each stream that were taken before, as far as they were asked for and are known. */
export type Known = ReadonlyMap<StreamState, ReadonlyMap<number, Taken>>

/** Decides what becomes of the messages of one transaction, whose streams are locked. */
export class Ledger {
  /** In the order of the log. */
  readonly rows: NewRow[] = []
  /** Rows without a body, in whose place there is a late message now. */
  readonly replaced: { stream: StreamState; seq: number }[] = []
  readonly changed = new Set<StreamState>()
  readonly #streams: ReadonlyMap<string, StreamState>
  readonly #known: Known
  readonly #now: Date
  readonly #taken = new Map<StreamState, Map<number, NewRow>>()

  constructor(streams: ReadonlyMap<string, StreamState>, { known, now }: { known: Known; now: Date }) {
    this.#streams = streams
    this.#known = known
    this.#now = now
  }

  enter({ stream: name, seq: given, ...entry }: Entry): Result {
    const stream = this.#streams.get(name)
    if (!stream) throw new Error(`The stream ${name} is not locked.`)
    const next = stream.high + 1
    const seq = given ?? next
    if (seq > next) return this.#expect(stream, next, seq)
    if (seq < next) return this.#compare(stream, seq, entry)
    const kind = entry.body === null ? KIND.tombstone : KIND.message
    this.#take({ stream, seq, kind, sha256: entry.sha256, entry })
    return { result: 'taken' }
  }

  /** Gives up the numbers that a gap has, at most `limit` of them. */
  skip(name: string, limit: number, entry: NewRow['entry']): { from: number; to: number } | undefined {
    const stream = this.#streams.get(name)
    if (!stream || stream.ahead === null) return undefined
    const from = stream.high + 1
    const to = Math.min(stream.ahead - 1, stream.high + limit)
    for (let seq = from; seq <= to; seq++) this.#take({ stream, seq, kind: KIND.skip, sha256: null, entry })
    return { from, to }
  }

  #expect(stream: StreamState, next: number, seq: number): Result {
    if (stream.ahead === null || seq < stream.ahead) {
      stream.ahead = seq
      stream.gapSince ??= this.#now
      this.changed.add(stream)
    }
    return { result: 'expected', seq: next }
  }

  #take(row: NewRow): void {
    const { stream, seq, kind } = row
    stream.high = seq
    if (isAbsent(kind)) stream.absent++
    if (stream.ahead !== null && stream.ahead <= seq + 1) {
      stream.ahead = null
      stream.gapSince = null
    }
    this.changed.add(stream)
    this.rows.push(row)
    const taken = this.#taken.get(stream)
    if (taken) taken.set(seq, row)
    else this.#taken.set(stream, new Map([[seq, row]]))
  }

  #compare(stream: StreamState, seq: number, entry: Omit<Entry, 'stream' | 'seq'>): Result {
    this.changed.add(stream)
    const own = this.#taken.get(stream)?.get(seq)
    const earlier = own ?? this.#known.get(stream)?.get(seq)
    if (!earlier) {
      // It may be another message under a number that was used: who sent it keeps it as a dead letter.
      stream.uncompared++
      return { result: 'refused', status: 410, detail: 'too old to compare' }
    }
    const { kind, sha256 } = earlier
    const isSame = sha256?.equals(entry.sha256) ?? true
    if (!isSame) {
      stream.conflicts++
      return { result: 'refused', status: 422, detail: 'number used twice' }
    }
    if (entry.body === null || !isAbsent(kind)) {
      stream.duplicates++
      return { result: 'duplicate' }
    }
    this.#fill({ stream, seq, kind: KIND.late, sha256: entry.sha256, entry }, own)
    return { result: 'taken' }
  }

  /** The body of a message that had none. */
  #fill(row: NewRow, own: NewRow | undefined): void {
    const { stream, seq } = row
    stream.absent--
    if (own) this.rows.splice(this.rows.indexOf(own), 1)
    else this.replaced.push({ stream, seq })
    this.rows.push(row)
    const taken = this.#taken.get(stream) ?? new Map<number, NewRow>()
    this.#taken.set(stream, taken.set(seq, row))
  }
}
