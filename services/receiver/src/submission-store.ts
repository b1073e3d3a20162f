import { type Status, statusName } from '@livepods/photo'
import { type Database, DatabaseUnavailableError, isDuplicate } from '@livepods/sql'
import { REDISPATCH_AFTER_SECONDS } from './limits.ts'
import { MAY_BE_DUE_AGAIN } from './may-be-due-again.ts'
import type { Origin } from './origin.ts'

/** Tries to insert a row that another client deletes between its INSERT and the SELECT. */
const TRIES = 3

/** Leaves the row as it is. */
const ON_DUPLICATE = 'ON DUPLICATE KEY UPDATE path = path'

/** The key is that of another path: the client used it twice. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError'
  readonly code = 'KEY_REUSED'
}

/** A path that somebody submitted, checked. */
export interface Submission {
  /** A UUID of the receiver, one per item: tells after an INSERT whose answer was lost whether the row is this item's. */
  id: string
  path: string
  /** The client's name for its request; belongs to one path for ever. */
  key?: string | undefined
  origin: Origin
}

/** The row of a submission. */
export interface Stored {
  id: string
  path: string
  status: Status
  /** This submission made the row; false: the path was there already. */
  isNew: boolean
  /** Of a photo that failed, and that this submission may make due again. */
  failure?: Failure
}

export interface Failure {
  outcome: string
  /** The stamp of the file that recognition read, if there is one. */
  stamp: string | null
}

/** Takes submissions into the table `images`. */
export class SubmissionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The rows of the submissions, committed, in their order; KeyReusedError where a key belongs to another path. One INSERT for all of
   * them (500 at most). Doing it again with the same ids, for instance after a lost reply, changes nothing and answers the same.
   * @param inserted is called when they are committed and only the SELECT is left.
   */
  async accept(submissions: Submission[], inserted?: () => void): Promise<(Stored | KeyReusedError)[]> {
    const [only] = submissions
    const stored = only && submissions.length === 1 ? await this.#insertNew(only) : undefined
    if (stored) return [stored]
    const outcomes = new Map<Submission, Stored | KeyReusedError>()
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const open = submissions.filter((submission) => !outcomes.has(submission))
      if (open.length === 0) break
      await this.#insert(open, ON_DUPLICATE)
      inserted?.()
      for (const [submission, outcome] of await this.#readBack(open)) outcomes.set(submission, outcome)
    }
    return submissions.map((submission) => {
      const outcome = outcomes.get(submission)
      if (outcome) return outcome
      throw new DatabaseUnavailableError('The row is deleted each time that it is inserted.', { indeterminate: false })
    })
  }

  /** The INSERT of a single row tells its id, which saves the SELECT; undefined when the row is there already. */
  async #insertNew(submission: Submission): Promise<Stored | undefined> {
    try {
      const { insertId: id } = await this.#insert([submission])
      return { id, path: submission.path, status: 'PENDING', isNew: true }
    } catch (error) {
      if (isDuplicate(error)) return undefined
      throw error
    }
  }

  async #insert(submissions: Submission[], orElse = '') {
    const row = `(?, UTC_TIMESTAMP(3) + INTERVAL ${REDISPATCH_AFTER_SECONDS} SECOND)`
    return await this.#database.change(
      `INSERT INTO images (path, submission, idempotency_key, request_id, traceparent, wake_at)
        VALUES ${submissions.map(() => row).join(', ')} ${orElse}`,
      // Lists, so that the driver sends a plain query: prepared, every number of rows would be a statement of its own.
      submissions.map(({ id, path, key, origin }) => [
        path,
        id,
        key ?? null,
        origin.requestId ?? null,
        origin.traceparent ?? null,
      ]),
    )
  }

  async #readBack(submissions: Submission[]): Promise<Map<Submission, Stored | KeyReusedError>> {
    const rows = await this.#database.rows<Row>(
      `SELECT id, path, submission, idempotency_key, status, outcome, stamp, ${MAY_BE_DUE_AGAIN} AS again FROM images WHERE path IN (?)`,
      [submissions.map(({ path }) => path)],
    )
    // Equal to the database: "a.jpg" and an "a.jpg " that another program inserted.
    const byPath = new Map(rows.map((row) => [row.path.replace(/ +$/, ''), row]))
    const pathOfKey = await this.#pathsOfKeys(submissions.flatMap(({ key }) => key ?? []))
    const outcomes = new Map<Submission, Stored | KeyReusedError>()
    for (const submission of submissions) {
      const { path, key } = submission
      const taken = key === undefined ? undefined : pathOfKey.get(key)
      const row = byPath.get(path)
      if (taken !== undefined && taken !== path)
        outcomes.set(submission, new KeyReusedError('The key has another path.'))
      else if (row) {
        outcomes.set(submission, storedOf(row, submission))
      }
    }
    return outcomes
  }

  async #pathsOfKeys(keys: string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map()
    const rows = await this.#database.rows<{ idempotency_key: string; path: string }>(
      'SELECT idempotency_key, path FROM images WHERE idempotency_key IN (?)',
      [keys],
    )
    return new Map(rows.map((row) => [row.idempotency_key, row.path]))
  }
}

interface Row {
  id: string
  path: string
  submission: string | null
  idempotency_key: string | null
  status: number
  outcome: string | null
  stamp: string | null
  again: unknown
}

function storedOf({ id, submission, idempotency_key, status, outcome, stamp, again }: Row, mine: Submission): Stored {
  const isNew = submission === mine.id
  // A request with the key of the row is a retry: it changes nothing. A boolean is a number on MariaDB, and the string of a BIGINT on
  // MySQL.
  const mayBeDue = !isNew && Number(again) === 1 && (mine.key === undefined || mine.key !== idempotency_key)
  return {
    id,
    path: mine.path,
    status: statusName(status),
    isNew,
    ...(mayBeDue && outcome !== null && { failure: { outcome, stamp } }),
  }
}
