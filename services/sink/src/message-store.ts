import type { Result } from '@livepods/messages'
import type { Log } from '@livepods/service'
import type { Database, Session, Value } from '@livepods/sql'
import type { Entry } from './entry.ts'
import type { Identity } from './identity.ts'
import type { Kind } from './kind.ts'
import { type Known, Ledger, type NewRow, type StreamState, type Taken } from './ledger.ts'

/** A message for the log. */
export interface LoggedMessage {
  position: number
  kind: Kind
  body: Buffer | null
  address: string
  takenAt: Date
}

/** Rows of one INSERT; a server takes a statement of some megabytes only (max_allowed_packet). */
const ROWS_PER_INSERT = 1000
const BYTES_PER_INSERT = 1024 * 1024

/** The rows of one sink. Its transactions lock its own row, then those of their streams in the order of names. */
export class MessageStore {
  readonly #database: Database
  readonly #identity: Identity
  /** The largest position that this sink gave, as far as it knows. */
  #position: number

  readonly #log: Log

  /** @param position what the log has already: a database that came back from a backup may be behind it. */
  constructor(database: Database, { identity, position, log }: { identity: Identity; position: number; log: Log }) {
    this.#database = database
    this.#identity = identity
    this.#position = position
    this.#log = log
  }

  /** Of the last message that was taken. */
  get position(): number {
    return this.#position
  }

  async ping(): Promise<void> {
    await this.#database.ping()
  }

  /** Takes what is new, and says what became of each entry, in their order, when that is committed. */
  async take(entries: readonly Entry[]): Promise<Result[]> {
    const names = [...new Set(entries.map(({ stream }) => stream))].sort()
    return await this.#change(names, async (session, sink, streams) => {
      const known = await knownOf(session, streams, entries)
      const ledger = new Ledger(streams, { known, now: sink.now })
      const results = entries.map((entry) => ledger.enter(entry))
      await this.#write(session, sink, ledger)
      return results
    })
  }

  /**
   * Gives up at most `limit` numbers that a stream lacks, when the gap is older than `seconds`; undefined: there is no such gap.
   * @param address of who says so.
   */
  async skip(
    name: string,
    { seconds, limit, address }: { seconds: number; limit: number; address: string },
  ): Promise<{ from: number; to: number } | undefined> {
    const [row] = await this.#database.rows('SELECT 1 FROM message_streams WHERE name = ?', [name])
    if (!row) return undefined
    return await this.#change([name], async (session, sink, streams) => {
      const since = streams.get(name)?.gapSince
      if (!since || sink.now.getTime() - since.getTime() < seconds * 1000) return undefined
      const ledger = new Ledger(streams, { known: new Map(), now: sink.now })
      const skipped = ledger.skip(name, limit, { body: null, relay: null, address, requestId: null, traceparent: null })
      await this.#write(session, sink, ledger)
      return skipped
    })
  }

  /** The next messages of the log, in its order. */
  async after(position: number, limit: number): Promise<LoggedMessage[]> {
    const rows = await this.#database.rows<LoggedRow>(
      `SELECT m.position, m.kind, m.body, m.address, m.taken_at FROM messages m JOIN message_sinks s ON s.id = m.sink_id
       WHERE s.uuid = ? AND m.position > ? ORDER BY m.position LIMIT ?`,
      [this.#identity.uuid, position, String(limit)],
    )
    return rows.map(({ position, taken_at: takenAt, ...row }) => ({ ...row, position: Number(position), takenAt }))
  }

  /** Says how far the log is, and that this sink is there. */
  async report(logged: number): Promise<void> {
    const set = 'UPDATE message_sinks SET logged = ?, seen_at = UTC_TIMESTAMP(3) WHERE uuid = ?'
    const { affectedRows } = await this.#database.change(set, [logged, this.#identity.uuid])
    if (affectedRows === 0) await this.register()
  }

  /** Makes this sink known to the others, once. */
  async register(): Promise<void> {
    const { uuid, name } = this.#identity
    await this.#database.change(
      'INSERT INTO message_sinks (uuid, name, position) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)',
      [uuid, name, this.#position],
    )
  }

  /** Runs `work` in a transaction that has locked this sink and these streams; makes what of them is not there. */
  async #change<T>(
    names: readonly string[],
    work: (session: Session, sink: SinkRow, streams: Map<string, StreamState>) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const done = await this.#database.transaction<Done<T>>(async (session) => {
        const sink = await lockSink(session, this.#identity.uuid)
        if (!sink) return { missing: 'sink' }
        const streams = await lockStreams(session, names)
        if (streams.size < names.length) return { missing: names.filter((name) => !streams.has(name)) }
        return { value: await work(session, sink, streams), position: sink.position }
      })
      if ('value' in done) {
        this.#position = Math.max(this.#position, done.position)
        return done.value
      }
      // Not within the transaction: it would lock what it makes after the rows that come behind it.
      if (done.missing === 'sink') await this.register()
      else await makeStreams(this.#database, done.missing)
    }
  }

  /** A database that came back from a backup gives positions again that the log has passed: they are left out. */
  #after(position: number): number {
    if (position >= this.#position) return position
    this.#log.warn(
      { position, known: this.#position },
      'the database is older than what this sink took: it came from a backup',
    )
    return this.#position
  }

  async #write(session: Session, sink: SinkRow, { rows, replaced, changed }: Ledger): Promise<void> {
    if (replaced.length > 0) await removeAbsent(session, replaced)
    if (rows.length > 0) {
      const first = this.#after(sink.position) + 1
      await insertRows(session, sink, rows, first)
      sink.position = first + rows.length - 1
      await session.change('UPDATE message_sinks SET position = ?, seen_at = UTC_TIMESTAMP(3) WHERE id = ?', [
        sink.position,
        sink.id,
      ])
    }
    if (changed.size > 0) await writeStreams(session, [...changed])
  }
}

type Done<T> = { value: T; position: number } | { missing: 'sink' | string[] }

interface SinkRow {
  id: number
  position: number
  now: Date
}

interface LoggedRow {
  position: string
  kind: Kind
  body: Buffer | null
  address: string
  taken_at: Date
}

interface StreamRow {
  name: string
  id: string
  high: string
  absent: string
  duplicates: string
  uncompared: string
  conflicts: string
  ahead: string | null
  gap_since: Date | null
}

async function lockSink(session: Session, uuid: string): Promise<SinkRow | undefined> {
  const [row] = await session.rows<{ id: number; position: string; now: Date }>(
    'SELECT id, position, UTC_TIMESTAMP(3) AS now FROM message_sinks WHERE uuid = ? FOR UPDATE',
    [uuid],
  )
  return row && { ...row, position: Number(row.position) }
}

async function lockStreams(session: Session, names: readonly string[]): Promise<Map<string, StreamState>> {
  const rows = await session.rows<StreamRow>(
    `SELECT name, id, high, absent, duplicates, uncompared, conflicts, ahead, gap_since FROM message_streams
     WHERE name IN (?) ORDER BY name FOR UPDATE`,
    [names],
  )
  return new Map(
    rows.map(({ name, id, ahead, gap_since, ...counts }) => [
      name,
      {
        name,
        id,
        high: Number(counts.high),
        absent: Number(counts.absent),
        duplicates: Number(counts.duplicates),
        uncompared: Number(counts.uncompared),
        conflicts: Number(counts.conflicts),
        ahead: ahead === null ? null : Number(ahead),
        gapSince: gap_since,
      },
    ]),
  )
}

async function makeStreams(database: Database, names: readonly string[]): Promise<void> {
  const sorted = names.toSorted().map((name) => [name])
  await database.change('INSERT INTO message_streams (name) VALUES ? ON DUPLICATE KEY UPDATE name = VALUES(name)', [
    sorted,
  ])
}

/** Those numbers of the entries that were taken before, where retention has not deleted them. */
async function knownOf(session: Session, streams: Map<string, StreamState>, entries: readonly Entry[]): Promise<Known> {
  const asked = new Map<StreamState, number[]>()
  for (const { stream: name, seq } of entries) {
    const stream = streams.get(name)
    if (!stream || seq === undefined || seq > stream.high) continue
    const numbers = asked.get(stream)
    if (numbers) numbers.push(seq)
    else asked.set(stream, [seq])
  }
  if (asked.size === 0) return new Map()
  const rows = await session.rows<{ stream_id: string; seq: string } & Taken>(
    `SELECT stream_id, seq, kind, sha256 FROM messages WHERE ${anyOf(asked)}`,
    [...asked].flatMap(([{ id }, numbers]) => [id, numbers]),
  )
  const byId = new Map([...asked.keys()].map((stream) => [stream.id, { stream, taken: new Map<number, Taken>() }]))
  for (const { stream_id, seq, kind, sha256 } of rows) byId.get(stream_id)?.taken.set(Number(seq), { kind, sha256 })
  return new Map([...byId.values()].map(({ stream, taken }) => [stream, taken]))
}

async function removeAbsent(session: Session, replaced: Ledger['replaced']): Promise<void> {
  const numbers = Map.groupBy(replaced, ({ stream }) => stream)
  await session.change(
    `DELETE FROM messages WHERE ${anyOf(numbers)}`,
    [...numbers].flatMap(([{ id }, ones]) => [id, ones.map(({ seq }) => seq)]),
  )
}

/** A condition for each stream: MariaDB finds no index for `(stream_id, seq) IN (…)`. */
function anyOf({ size }: { size: number }): string {
  return Array(size).fill('(stream_id = ? AND seq IN (?))').join(' OR ')
}

async function insertRows(session: Session, sink: SinkRow, rows: readonly NewRow[], first: number): Promise<void> {
  let values: Value[][] = []
  let bytes = 0
  const insert = async () => {
    await session.change(
      `INSERT INTO messages
       (sink_id, position, stream_id, seq, kind, sha256, body, relay, address, request_id, traceparent, taken_at) VALUES ?`,
      [values],
    )
    values = []
    bytes = 0
  }
  for (const [index, { stream, seq, kind, sha256, entry }] of rows.entries()) {
    const { body, relay, address, requestId, traceparent } = entry
    const size = body === null ? 0 : Buffer.byteLength(body)
    if (values.length === ROWS_PER_INSERT || (values.length > 0 && bytes + size > BYTES_PER_INSERT)) await insert()
    bytes += size
    values.push([
      sink.id,
      first + index,
      stream.id,
      seq,
      kind,
      sha256,
      body,
      relay,
      address,
      requestId,
      traceparent,
      sink.now,
    ])
  }
  await insert()
}

async function writeStreams(session: Session, streams: readonly StreamState[]): Promise<void> {
  const rows = streams
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, id, high, absent, duplicates, uncompared, conflicts, ahead, gapSince }) => [
      name,
      id,
      high,
      absent,
      duplicates,
      uncompared,
      conflicts,
      ahead,
      gapSince,
    ])
  await session.change(
    `INSERT INTO message_streams (name, id, high, absent, duplicates, uncompared, conflicts, ahead, gap_since) VALUES ?
     ON DUPLICATE KEY UPDATE high = VALUES(high), absent = VALUES(absent), duplicates = VALUES(duplicates),
       uncompared = VALUES(uncompared), conflicts = VALUES(conflicts), ahead = VALUES(ahead), gap_since = VALUES(gap_since)`,
    [rows],
  )
}
