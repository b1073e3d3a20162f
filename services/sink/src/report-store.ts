import type { RelayState } from '@livepods/messages'
import type { Database } from '@livepods/sql'
import type { Kind } from './kind.ts'

/** A sink or relay that says nothing for so long counts as absent. */
const ABSENT_AFTER_SECONDS = 60

export interface StreamReport {
  name: string
  /** Numbers of the first message that is still stored and of the last one that was taken; null: none. */
  first: number | null
  last: number | null
  /** Numbers that a gap lacks, and those without a body: their messages were refused, or given up. */
  missing: number
  absent: number
  /** Messages that came again and were dropped. */
  duplicates: number
  /** Numbers that came again with another body, and those that came again after the first message was deleted: both were refused. */
  conflicts: number
  uncompared: number
  gap: { from: number; to: number; since: Date } | null
  /** The way of the last message, and when it came. */
  relay: string | null
  sink: string | null
  takenAt: Date | null
}

export interface SinkReport {
  name: string
  uuid: string
  /** Messages that it took, and those of them that its log does not have yet. */
  taken: number
  unlogged: number
  seenAt: Date
  isAbsent: boolean
}

export interface RelayReport {
  name: string
  waiting: number
  oldestAt: Date | null
  parked: number
  deadLetters: number
  seenAt: Date
  isAbsent: boolean
}

export interface RecentMessage {
  stream: string
  seq: number
  kind: Kind
  /** The beginning. */
  body: Buffer | null
  relay: string | null
  sink: string
  takenAt: Date
}

/** What people and programs ask about streams, sinks and relays. */
export class ReportStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async saveRelays(states: readonly RelayState[]): Promise<void> {
    const rows = states
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, waiting, oldest = null, parked, deadLetters }) => [name, waiting, oldest, parked, deadLetters])
    await this.#database.change(
      `INSERT INTO message_relays (name, waiting, oldest_at, parked, dead_letters) VALUES ? ON DUPLICATE KEY UPDATE
       waiting = VALUES(waiting), oldest_at = VALUES(oldest_at), parked = VALUES(parked), dead_letters = VALUES(dead_letters),
       seen_at = UTC_TIMESTAMP(3)`,
      [rows],
    )
  }

  /** The streams after `after`, by name. */
  async streams({ after, limit }: { after: string; limit: number }): Promise<StreamReport[]> {
    return await this.#streams('s.name > ? ORDER BY s.name LIMIT ?', [after, String(limit)])
  }

  /** Those of these streams that there are. */
  async streamsNamed(names: readonly string[]): Promise<StreamReport[]> {
    return names.length === 0 ? [] : await this.#streams('s.name IN (?) ORDER BY s.name', [names])
  }

  /** The streams with the oldest gaps. */
  async gaps(limit: number): Promise<StreamReport[]> {
    return await this.#streams('s.gap_since IS NOT NULL ORDER BY s.gap_since LIMIT ?', [String(limit)])
  }

  async sinks(): Promise<SinkReport[]> {
    const rows = await this.#database.rows<SinkRow>(
      `SELECT name, uuid, position, logged, seen_at, seen_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS absent
       FROM message_sinks ORDER BY name, uuid`,
      [ABSENT_AFTER_SECONDS],
    )
    return rows.map(({ name, uuid, position, logged, seen_at: seenAt, absent }) => ({
      name,
      uuid,
      taken: Number(position),
      unlogged: Math.max(0, Number(position) - Number(logged)),
      seenAt,
      isAbsent: Number(absent) === 1,
    }))
  }

  async relays(): Promise<RelayReport[]> {
    const rows = await this.#database.rows<RelayRow>(
      `SELECT name, waiting, oldest_at, parked, dead_letters, seen_at,
       seen_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS absent FROM message_relays ORDER BY name`,
      [ABSENT_AFTER_SECONDS],
    )
    return rows.map(({ name, oldest_at: oldestAt, seen_at: seenAt, ...row }) => ({
      name,
      waiting: Number(row.waiting),
      oldestAt,
      parked: Number(row.parked),
      deadLetters: Number(row.dead_letters),
      seenAt,
      isAbsent: Number(row.absent) === 1,
    }))
  }

  /** The last messages of every sink, the newest first. */
  async recent(perSink: number, bytes: number): Promise<RecentMessage[]> {
    const sinks = await this.#database.rows<{ id: number; name: string; position: string }>(
      'SELECT id, name, position FROM message_sinks',
    )
    const pages = await Promise.all(
      sinks.map(async ({ id, name, position }) => {
        const rows = await this.#database.rows<RecentRow>(
          `SELECT s.name AS stream, m.seq, m.kind, LEFT(m.body, ?) AS body, m.relay, m.taken_at FROM messages m
           JOIN message_streams s ON s.id = m.stream_id WHERE m.sink_id = ? AND m.position > ?`,
          [String(bytes), id, Math.max(0, Number(position) - perSink)],
        )
        return rows.map(({ seq, taken_at: takenAt, ...row }) => ({ ...row, seq: Number(seq), sink: name, takenAt }))
      }),
    )
    return pages.flat().sort((one, other) => other.takenAt.getTime() - one.takenAt.getTime() || other.seq - one.seq)
  }

  async #streams(condition: string, values: Parameters<Database['rows']>[1]): Promise<StreamReport[]> {
    const rows = await this.#database.rows<StreamRow>(
      `SELECT s.name, s.high, s.absent, s.duplicates, s.uncompared, s.conflicts, s.ahead, s.gap_since,
       (SELECT MIN(f.seq) FROM messages f WHERE f.stream_id = s.id) AS first, l.relay, l.taken_at, k.name AS sink
       FROM message_streams s LEFT JOIN messages l ON l.stream_id = s.id AND l.seq = s.high
       LEFT JOIN message_sinks k ON k.id = l.sink_id WHERE ${condition}`,
      values,
    )
    return rows.map(streamReport)
  }
}

interface StreamRow {
  name: string
  high: string
  absent: string
  duplicates: string
  uncompared: string
  conflicts: string
  ahead: string | null
  gap_since: Date | null
  first: string | null
  relay: string | null
  sink: string | null
  taken_at: Date | null
}

interface SinkRow {
  name: string
  uuid: string
  position: string
  logged: string
  seen_at: Date
  absent: number
}

interface RelayRow {
  name: string
  waiting: string
  oldest_at: Date | null
  parked: string
  dead_letters: string
  seen_at: Date
  absent: number
}

interface RecentRow {
  stream: string
  seq: string
  kind: Kind
  body: Buffer | null
  relay: string | null
  taken_at: Date
}

function streamReport({
  name,
  ahead,
  gap_since: since,
  first,
  relay,
  sink,
  taken_at,
  ...counts
}: StreamRow): StreamReport {
  const high = Number(counts.high)
  const gap = ahead !== null && since !== null ? { from: high + 1, to: Number(ahead) - 1, since } : null
  return {
    name,
    first: first === null ? null : Number(first),
    last: high === 0 ? null : high,
    missing: gap ? gap.to - gap.from + 1 : 0,
    absent: Number(counts.absent),
    duplicates: Number(counts.duplicates),
    uncompared: Number(counts.uncompared),
    conflicts: Number(counts.conflicts),
    gap,
    relay,
    sink,
    takenAt: taken_at,
  }
}
