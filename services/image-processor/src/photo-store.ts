import { randomUUID } from 'node:crypto'
import { type RecognisedOutcome, STATUS } from '@livepods/photo'
import { type Database, DatabaseUnavailableError, type Session } from '@livepods/sql'
import type { Claim } from './claim.ts'
import { PROCESS_NAME } from './process-name.ts'
import type { Recognition } from './recognition.ts'

export interface PhotoStoreOptions {
  database: Database
  maxAttempts: number
  leaseMs: number
}

/** The result that is written to a photo. */
export interface Verdict {
  status: number
  outcome: RecognisedOutcome
  /** person.id, or -1. */
  person: number
  generation: number
  /** The reason, in a sentence, where the outcome alone does not tell it. */
  detail?: string | undefined
  /** Of the file that recognition read; undefined when it gave none. */
  stamp?: string | undefined
  truncated?: boolean
  /** There may be small faces that were not found. */
  incomplete?: boolean
  /** So many faces were found and left out. */
  moreFaces?: number
  /** Revision of the finder of faces that looked at it. */
  finder?: number
}

/** A file whose stamp has not changed for so long is complete. */
const SETTLED_SECONDS = 60
/** A photo waits so long for its file to be complete, from when it was accepted or made due again. */
const WRITTEN_WITHIN_SECONDS = 300
/** Seconds between two attempts on an incomplete file: as many as the photo has waited, within these limits. */
const RECHECK_SECONDS = { least: 2, most: 10 }

/** Seconds since the photo was accepted, or made due again. */
const WAITED = 'TIMESTAMPDIFF(SECOND, COALESCE(finished_at, created_at), UTC_TIMESTAMP(3))'
/** For two parameters, both the stamp. Assignments run left to right. */
const SET_STAMP = 'stamp_since = IF(stamp <=> ?, stamp_since, UTC_TIMESTAMP(3)), stamp = ?'

const LONGEST_ERROR = 512
/** MySQL counts code points, JavaScript UTF-16 units. */
const truncate = (text: string) => [...text.toWellFormed()].slice(0, LONGEST_ERROR).join('')
const textOf = ({ message }: Error) => truncate(message)

/** The state of each photo in the table `images`. All times are the database's; every change after a claim needs the claim's token. */
export class PhotoStore {
  readonly #database: Database
  readonly #maxAttempts: number
  readonly #leaseMicros: number

  constructor({ database, maxAttempts, leaseMs }: PhotoStoreOptions) {
    this.#database = database
    this.#maxAttempts = maxAttempts
    this.#leaseMicros = Math.round(leaseMs * 1000)
  }

  /**
   * Claims a photo that is due, or whose lease has expired; undefined when it is neither, or does not exist. When the answer of the
   * database is lost, the token tells whether the claim succeeded.
   */
  async claim(id: string): Promise<Claim | undefined> {
    const token = randomUUID()
    try {
      const { affectedRows } = await this.#database.change(
        `UPDATE images SET status = ${STATUS.PROCESSING}, token = ?, claimed_by = ?, claimed_at = UTC_TIMESTAMP(3), attempts = attempts + 1, outcome = NULL, truncated = 0,
           incomplete = 0, more_faces = 0,
           due_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, wake_at = due_at, updated_at = UTC_TIMESTAMP(3)
         WHERE id = ? AND due_at <= UTC_TIMESTAMP(3) AND attempts < ?`,
        [token, PROCESS_NAME, this.#leaseMicros, id, this.#maxAttempts],
      )
      if (affectedRows === 0) return undefined
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError && error.indeterminate)) throw error
      const claim = await this.#claimed(id, token)
      // The UPDATE may still be carried out: then the photo is claimable when that lease ends.
      if (!claim) throw error
      return claim
    }
    return await this.#claimed(id, token)
  }

  /** Undefined when it is not claimed with this token; deleted in between, for instance. */
  async #claimed(id: string, token: string): Promise<Claim | undefined> {
    const [row] = await this.#database.rows<{
      path: string
      attempts: number
      request_id: string | null
      traceparent: string | null
      settled_stamp: string | null
      waited: unknown
    }>(
      `SELECT path, attempts, request_id, traceparent, ${WAITED} AS waited,
         IF(stamp_since <= UTC_TIMESTAMP(3) - INTERVAL ${SETTLED_SECONDS} SECOND, stamp, NULL) AS settled_stamp
       FROM images WHERE id = ? AND token = ?`,
      [id, token],
    )
    if (!row) return undefined
    const { path, attempts, request_id: requestId, traceparent, settled_stamp: settled } = row
    const mayWait = Number(row.waited) < WRITTEN_WITHIN_SECONDS
    return { id, token, path, attempts, requestId, traceparent, settledStamp: settled ?? undefined, mayWait }
  }

  /** Renews the lease; false when the claim was lost. */
  async renew({ id, token }: Claim): Promise<boolean> {
    const { affectedRows } = await this.#database.change(
      'UPDATE images SET due_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, wake_at = due_at WHERE id = ? AND token = ?',
      [this.#leaseMicros, id, token],
    )
    return affectedRows === 1
  }

  /**
   * Releases the claim when the face service never saw the photo: it is due after `delayMs`, and the attempt does not count. False when it
   * was no longer ours.
   */
  async release(
    { id, token }: Claim,
    { delayMs = 0, error }: { delayMs?: number; error?: Error } = {},
  ): Promise<boolean> {
    const { affectedRows } = await this.#database.change(
      `UPDATE images SET status = ${STATUS.PENDING}, attempts = attempts - 1, due_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, wake_at = due_at,
         token = NULL, last_error = COALESCE(?, last_error), updated_at = UTC_TIMESTAMP(3) WHERE id = ? AND token = ?`,
      [Math.round(delayMs * 1000), error ? textOf(error) : null, id, token],
    )
    return affectedRows === 1
  }

  /**
   * Releases the claim of a photo whose file may still be being written: the attempt does not count. It is due again after as long as it
   * has waited, 10 s at most, and once more when it has waited for five minutes. False when it was no longer ours.
   */
  async postpone({ id, token }: Claim, { stamp, detail }: Pick<Recognition, 'stamp' | 'detail'>): Promise<boolean> {
    const { least, most } = RECHECK_SECONDS
    const { affectedRows } = await this.#database.change(
      `UPDATE images SET status = ${STATUS.PENDING}, attempts = attempts - 1, token = NULL, last_error = ?, ${SET_STAMP},
         due_at = UTC_TIMESTAMP(3)
           + INTERVAL LEAST(GREATEST(${WAITED}, ${least}), ${most}, GREATEST(${WRITTEN_WITHIN_SECONDS} - ${WAITED}, 1)) SECOND,
         wake_at = due_at, updated_at = UTC_TIMESTAMP(3) WHERE id = ? AND token = ?`,
      [`${detail} The file may still be being written.`.trim(), stamp ?? null, stamp ?? null, id, token],
    )
    return affectedRows === 1
  }

  /** Makes the photo due again after `delayMs`, or EXHAUSTED when this was its last attempt; 'lost' when it was no longer ours. */
  async fail({ id, token, attempts }: Claim, error: Error, delayMs: number): Promise<'due' | 'exhausted' | 'lost'> {
    const max = this.#maxAttempts
    const { affectedRows } = await this.#database.change(
      `UPDATE images SET status = IF(attempts >= ?, ${STATUS.FAILED}, ${STATUS.PENDING}), outcome = IF(attempts >= ?, 'EXHAUSTED', NULL),
         due_at = IF(attempts >= ?, NULL, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND), wake_at = due_at,
         finished_at = IF(due_at IS NULL, UTC_TIMESTAMP(3), finished_at), token = NULL, last_error = ?, updated_at = UTC_TIMESTAMP(3)
       WHERE id = ? AND token = ?`,
      [max, max, max, Math.round(delayMs * 1000), textOf(error), id, token],
    )
    if (affectedRows === 0) return 'lost'
    return attempts >= max ? 'exhausted' : 'due'
  }

  /** Part of the transaction that completes a photo; false when the claim was lost: then the transaction must be rolled back. */
  async finish(session: Session, { id, token }: Claim, verdict: Verdict): Promise<boolean> {
    const { status, outcome, person, generation, detail, stamp, truncated, incomplete, moreFaces, finder } = verdict
    const { affectedRows } = await session.change(
      `UPDATE images SET status = ?, outcome = ?, person = ?, generation = ?, token = NULL, due_at = NULL, wake_at = NULL,
         truncated = ?, incomplete = ?, more_faces = ?, finder = ?, ${SET_STAMP}, finished_at = UTC_TIMESTAMP(3),
         updated_at = UTC_TIMESTAMP(3), last_error = ? WHERE id = ? AND token = ?`,
      [
        status,
        outcome,
        person,
        generation,
        truncated ? 1 : 0,
        incomplete ? 1 : 0,
        moreFaces ?? 0,
        finder ?? 0,
        stamp ?? null,
        stamp ?? null,
        truncate(detail ?? '') || null,
        id,
        token,
      ],
    )
    return affectedRows === 1
  }

  /** The outcome that this claim has written, if it has: for a caller that lost the answer of the COMMIT. */
  async finished({ id, attempts }: Claim): Promise<RecognisedOutcome | undefined> {
    const [row] = await this.#database.rows<{ outcome: RecognisedOutcome }>(
      `SELECT outcome FROM images WHERE id = ? AND claimed_by = ? AND attempts = ? AND token IS NULL AND due_at IS NULL
         AND outcome <> 'EXHAUSTED'`,
      [id, PROCESS_NAME, attempts],
    )
    return row?.outcome
  }
}
