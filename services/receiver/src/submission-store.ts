import { type Status, statusName } from '@livepods/photo'
import { type Database, DatabaseUnavailableError, isDuplicate } from '@livepods/sql'
import { REDISPATCH_AFTER_SECONDS } from './limits.ts'
import type { RequestContext } from './request-context.ts'
import { RESUBMITTABLE } from './resubmittable.ts'

/** How often a row is inserted that another client deletes before it is read back. */
const MAX_INSERTS = 3

/** Leaves a row that exists as it is. */
const ON_DUPLICATE = 'ON DUPLICATE KEY UPDATE path = path'

/** The client has already used this idempotency key for another path. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError'
  readonly code = 'KEY_REUSED'
}

/** A path that somebody submitted, checked. */
export interface Submission {
  /** A UUID that the receiver makes: after an INSERT whose reply was lost it tells whether this submission inserted the row. */
  id: string
  path: string
  /** The one spelling of all paths that lead to the same file. */
  canonical: string
  /** The client's Idempotency-Key; it belongs to one path for ever. */
  key?: string | undefined
  context: RequestContext
}

/** The row of a submission. */
export interface Stored {
  id: string
  path: string
  status: Status
  /** This submission inserted the row; false: a duplicate, the path has a row already. */
  isNew: boolean
  /** How the photo failed; present where this submission may make it due again. */
  failure?: Failure
}

export interface Failure {
  outcome: string
  /** The stamp of the file that recognition read, if there is one. */
  stamp: string | null
}

/** Inserts submissions into the table `images`. */
export class SubmissionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Commits the submissions (500 at most) with one INSERT, and returns their rows in their order, or KeyReusedError where a key belongs to
   * another path. Idempotent: after a lost reply, the same submissions return the same rows.
   * @param inserted is called when they are committed and only the SELECT is left.
   */
  async accept(submissions: Submission[], inserted?: () => void): Promise<(Stored | KeyReusedError)[]> {
    const [only] = submissions
    const stored = only && submissions.length === 1 ? await this.#insertNew(only) : undefined
    if (stored) return [stored]
    const results = new Map<Submission, Stored | KeyReusedError>()
    for (let attempt = 0; attempt < MAX_INSERTS; attempt++) {
      const missing = submissions.filter((submission) => !results.has(submission))
      if (missing.length === 0) break
      await this.#insert(missing, ON_DUPLICATE)
      inserted?.()
      for (const [submission, result] of await this.#readBack(missing)) results.set(submission, result)
    }
    return submissions.map((submission) => {
      const result = results.get(submission)
      if (result) return result
      throw new DatabaseUnavailableError('Another client deleted the row each time that it was inserted.', {
        indeterminate: false,
      })
    })
  }

  /** The INSERT of a single row returns its id, which saves the SELECT; undefined when the row exists already. */
  async #insertNew(submission: Submission): Promise<Stored | undefined> {
    try {
      const { insertId: id } = await this.#insert([submission])
      return { id, path: submission.path, status: 'PENDING', isNew: true }
    } catch (error) {
      if (isDuplicate(error)) return undefined
      throw error
    }
  }

  async #insert(submissions: Submission[], onDuplicate = '') {
    const row = `(?, UTC_TIMESTAMP(3) + INTERVAL ${REDISPATCH_AFTER_SECONDS} SECOND)`
    return await this.#database.change(
      `INSERT INTO images (path, canonical, submission, idempotency_key, request_id, traceparent, wake_at)
        VALUES ${submissions.map(() => row).join(', ')} ${onDuplicate}`,
      // Arrays, so that the driver does not prepare it: each number of rows would be a prepared statement of its own.
      submissions.map(({ id, path, canonical, key, context }) => [
        path,
        canonical,
        id,
        key ?? null,
        context.requestId ?? null,
        context.traceparent ?? null,
      ]),
    )
  }

  async #readBack(submissions: Submission[]): Promise<Map<Submission, Stored | KeyReusedError>> {
    const columns = `id, path, canonical, submission, idempotency_key, status, outcome, stamp, ${RESUBMITTABLE} AS resubmittable`
    const rows = await this.#database.rows<Row>(
      `SELECT ${columns} FROM images WHERE path IN (?) UNION SELECT ${columns} FROM images WHERE canonical IN (?)`,
      [submissions.map(({ path }) => path), submissions.map(({ canonical }) => canonical)],
    )
    // For the database "a.jpg" equals an "a.jpg " that another program inserted: its collation ignores trailing spaces.
    const byPath = new Map(rows.map((row) => [row.path.replace(/ +$/, ''), row]))
    const byCanonical = new Map(rows.map((row) => [row.canonical, row]))
    const canonicalOfKey = await this.#canonicalsOfKeys(submissions.flatMap(({ key }) => key ?? []))
    const results = new Map<Submission, Stored | KeyReusedError>()
    for (const submission of submissions) {
      const { path, canonical, key } = submission
      const ofThisKey = key === undefined ? undefined : canonicalOfKey.get(key)
      const row = byPath.get(path) ?? byCanonical.get(canonical)
      if (ofThisKey !== undefined && ofThisKey !== canonical && ofThisKey !== path)
        results.set(submission, new KeyReusedError('The idempotency key was used for another path.'))
      else if (row) {
        if (row.canonical === null) await this.#giveCanonical(row, canonical)
        results.set(submission, storedOf(row, submission))
      }
    }
    return results
  }

  /** To a row from before there were any; another spelling that has a row keeps it. */
  async #giveCanonical({ id }: Row, canonical: string): Promise<void> {
    try {
      await this.#database.change('UPDATE images SET canonical = ? WHERE id = ? AND canonical IS NULL', [canonical, id])
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  }

  /** The canonical path that each key was used for; the path as it was sent where there is none. */
  async #canonicalsOfKeys(keys: string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map()
    const rows = await this.#database.rows<{ idempotency_key: string; canonical: string }>(
      'SELECT idempotency_key, COALESCE(canonical, path) AS canonical FROM images WHERE idempotency_key IN (?)',
      [keys],
    )
    return new Map(rows.map((row) => [row.idempotency_key, row.canonical]))
  }
}

interface Row {
  id: string
  path: string
  canonical: string | null
  submission: string | null
  idempotency_key: string | null
  status: number
  outcome: string | null
  stamp: string | null
  resubmittable: unknown
}

function storedOf(
  { id, submission, idempotency_key, status, outcome, stamp, resubmittable }: Row,
  submitted: Submission,
): Stored {
  const isNew = submission === submitted.id
  // A request with the key of the row is a retry of that request: it changes nothing. A boolean is a number on MariaDB, and the string of a
  // BIGINT on MySQL.
  const { key } = submitted
  const isResubmission = !isNew && Number(resubmittable) === 1 && (key === undefined || key !== idempotency_key)
  return {
    id,
    path: submitted.path,
    status: statusName(status),
    isNew,
    ...(isResubmission && outcome !== null && { failure: { outcome, stamp } }),
  }
}
