import { RETRIABLE_OUTCOMES, type RetriableOutcome, STATUS } from '@livepods/photo'
import type { Database, Session } from '@livepods/sql'

export interface Pending {
  /** Photos that are not final. */
  images: number
  /** Age of the oldest: seconds since it was accepted or made due again, or since it is due after its file was unfinished. */
  oldestSeconds: number
}

export interface DueBatch {
  due: string[]
  expired: number
}

/** Photos that the retry job makes due again, by what they were. */
export type Retried = Record<RetriableOutcome, number>

/** A photo whose file could not be read as a picture. */
export interface Unreadable {
  id: string
  generation: number
  path: string
  /** Of the file that recognition read; null when it gave none. */
  stamp: string | null
  rounds: number
}

const BATCH = 200
const RETRY_BATCH = 500

/** After a burst of changes the optimizer of MySQL takes all photos for due, and would read the whole table. */
const BY_WAKE_AT = 'images FORCE INDEX (images_wake)'

/** `finished_at` becomes the time from which the photo counts as waiting, also for its file to be written. */
const DUE_AGAIN = `status = ${STATUS.PENDING}, outcome = NULL, attempts = 0, rounds = rounds + 1, last_error = NULL, finished_at = UTC_TIMESTAMP(3),
  due_at = UTC_TIMESTAMP(3), wake_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3)`
const FAILED_FOR_NOW = `status = ${STATUS.FAILED} AND outcome IN (?)`

/** Which photos of the table `images` are due, whoever processes them. All times are the database's. */
export class DueStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Takes at most 200 photos whose `wake_at` has passed: `due` are to be published now, `expired` is how many it made EXHAUSTED because
   * the lease of their last attempt expired. Two redispatchers at once get different photos; locked rows are skipped. Should the message
   * get lost, a due photo comes up again after as long as it has waited already (10 s to 10 min).
   */
  async takeDue(maxAttempts: number): Promise<DueBatch> {
    // Mostly nothing is due, and then this one statement is all that a run costs.
    const [any] = await this.#database.rows(`SELECT id FROM ${BY_WAKE_AT} WHERE wake_at <= UTC_TIMESTAMP(3) LIMIT 1`)
    if (!any) return { due: [], expired: 0 }
    return await this.#database.transaction(async (session) => {
      const rows = await session.rows<{ id: string; expired: unknown }>(
        `SELECT id, due_at <= UTC_TIMESTAMP(3) AND attempts >= ? AS expired
         FROM ${BY_WAKE_AT} WHERE wake_at <= UTC_TIMESTAMP(3) ORDER BY wake_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
        [maxAttempts],
      )
      // A boolean is a number on MariaDB, and the string of a BIGINT on MySQL.
      const { due = [], expired = [] } = Object.groupBy(rows, (row) => (Number(row.expired) === 1 ? 'expired' : 'due'))
      const ids = due.map(({ id }) => id)
      if (expired.length > 0)
        await expire(
          session,
          expired.map(({ id }) => id),
        )
      if (ids.length > 0) await postpone(session, ids)
      return { due: ids, expired: expired.length }
    })
  }

  /**
   * Marks due photos whose message may be lost, so that `takeDue` finds them at once: at most `limit`, the longest waiting last; returns
   * how many. For a queue that was restarted: it would take up to 10 minutes until they come up by themselves.
   */
  async markLost(limit: number): Promise<number> {
    return await this.#database.transaction(async (session) => {
      const rows = await session.rows<{ id: string }>(
        `SELECT id FROM ${BY_WAKE_AT} WHERE wake_at > UTC_TIMESTAMP(3) AND due_at <= UTC_TIMESTAMP(3)
         ORDER BY wake_at LIMIT ${Math.max(0, Math.floor(limit))} FOR UPDATE SKIP LOCKED`,
      )
      if (rows.length === 0) return 0
      const ids = rows.map(({ id }) => id)
      await session.change('UPDATE images SET wake_at = UTC_TIMESTAMP(3) WHERE id IN (?)', [ids])
      return ids.length
    })
  }

  /** Undoes `takeDue` for ids that could not be published: else they would wait for up to 10 minutes after the queue's return. */
  async returnDue(ids: string[]): Promise<void> {
    await this.#database.change(
      'UPDATE images SET wake_at = UTC_TIMESTAMP(3) WHERE id IN (?) AND wake_at > UTC_TIMESTAMP(3)',
      [ids],
    )
  }

  /** How many photos `retry` would retry, by their outcome. */
  async retryable(maxRetries: number): Promise<Retried> {
    const rows = await this.#database.rows<{ outcome: keyof Retried; images: string }>(
      `SELECT outcome, COUNT(*) AS images FROM images WHERE ${FAILED_FOR_NOW} AND rounds < ? GROUP BY outcome`,
      [RETRIABLE_OUTCOMES, maxRetries],
    )
    const counts = new Map(rows.map(({ outcome, images }) => [outcome, Number(images)]))
    return { EXHAUSTED: counts.get('EXHAUSTED') ?? 0, MISSING: counts.get('MISSING') ?? 0 }
  }

  /**
   * Retries photos that are EXHAUSTED or MISSING and were retried fewer than `maxRetries` times, in batches; yields the counts so far after
   * each. Two retry jobs at once take different photos.
   */
  async *retry(maxRetries: number): AsyncGenerator<Retried> {
    const done: Retried = { EXHAUSTED: 0, MISSING: 0 }
    for (const outcome of RETRIABLE_OUTCOMES) {
      for (let affectedRows = RETRY_BATCH; affectedRows === RETRY_BATCH; ) {
        ;({ affectedRows } = await this.#database.change(
          `UPDATE images SET ${DUE_AGAIN} WHERE ${FAILED_FOR_NOW} AND rounds < ? LIMIT ${RETRY_BATCH}`,
          [[outcome], maxRetries],
        ))
        done[outcome] += affectedRows
        yield { ...done }
      }
    }
  }

  /** The next photos that are UNREADABLE and were retried fewer than `maxRetries` times, at most 500, in the order of an index. */
  async unreadable(maxRetries: number, after?: Pick<Unreadable, 'generation' | 'id'>): Promise<Unreadable[]> {
    const { generation = 0, id = '0' } = after ?? {}
    return await this.#database.rows<Unreadable>(
      `SELECT id, generation, path, stamp, rounds FROM images WHERE outcome = 'UNREADABLE' AND status = ${STATUS.FAILED} AND rounds < ?
         AND (generation > ? OR (generation = ? AND id > ?)) ORDER BY generation, id LIMIT ${RETRY_BATCH}`,
      [maxRetries, generation, generation, id],
    )
  }

  /** Retries these photos, except those that were retried meanwhile; returns how many. */
  async retryUnreadable(photos: Unreadable[]): Promise<number> {
    if (photos.length === 0) return 0
    const { affectedRows } = await this.#database.change(
      `UPDATE images SET ${DUE_AGAIN} WHERE id IN (?) AND (id, rounds) IN (?) AND outcome = 'UNREADABLE' AND status = ${STATUS.FAILED}`,
      [photos.map(({ id }) => id), photos.map(({ id, rounds }) => [id, rounds])],
    )
    return affectedRows
  }

  async pending(): Promise<Pending> {
    const [row] = await this.#database.rows<{ images: string; oldest: string | null }>(
      `SELECT COUNT(*) AS images, TIMESTAMPDIFF(MICROSECOND,
         MIN(IF(finished_at IS NULL AND stamp IS NULL, created_at, LEAST(due_at, UTC_TIMESTAMP(3)))), UTC_TIMESTAMP(3)) AS oldest
       FROM images WHERE wake_at IS NOT NULL`,
    )
    return { images: Number(row?.images), oldestSeconds: Math.max(0, Number(row?.oldest ?? 0) / 1e6) }
  }
}

async function expire(session: Session, ids: string[]): Promise<void> {
  await session.change(
    `UPDATE images SET status = ${STATUS.FAILED}, outcome = 'EXHAUSTED', token = NULL, due_at = NULL, wake_at = NULL,
       finished_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3) WHERE id IN (?)`,
    [ids],
  )
}

async function postpone(session: Session, ids: string[]): Promise<void> {
  await session.change(
    `UPDATE images SET wake_at = UTC_TIMESTAMP(3)
       + INTERVAL LEAST(600, GREATEST(10, TIMESTAMPDIFF(SECOND, due_at, UTC_TIMESTAMP(3)))) SECOND WHERE id IN (?)`,
    [ids],
  )
}
