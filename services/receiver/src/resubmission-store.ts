import { STATUS } from '@livepods/photo'
import { type Database, isDuplicate } from '@livepods/sql'
import { REDISPATCH_AFTER_SECONDS } from './limits.ts'
import { RESUBMITTABLE } from './resubmittable.ts'
import { KeyReusedError } from './submission-store.ts'

/** Makes failed photos of the table `images` due again. */
export class ResubmissionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes those of the failed photos due again that are RESUBMITTABLE, and returns their ids; of concurrent requests one gets each photo.
   * `finished_at` becomes the time from which the photo counts as waiting. `key`, which comes with a single photo, becomes its idempotency
   * key unless it has one. Rejects with KeyReusedError when another photo has that key.
   */
  async makeDue(ids: string[], key?: string): Promise<string[]> {
    return await this.#database.transaction(async (session) => {
      const rows = await session.rows<{ id: string }>(
        `SELECT id FROM images WHERE id IN (?) AND ${RESUBMITTABLE} ORDER BY id FOR UPDATE`,
        [ids],
      )
      const due = rows.map(({ id }) => id)
      if (due.length === 0) return []
      await session
        .change(
          `UPDATE images SET status = ${STATUS.PENDING}, outcome = NULL, attempts = 0, rounds = LEAST(rounds, 65534) + 1, last_error = NULL,
             idempotency_key = COALESCE(idempotency_key, ?), finished_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3),
             wake_at = UTC_TIMESTAMP(3) + INTERVAL ${REDISPATCH_AFTER_SECONDS} SECOND, updated_at = UTC_TIMESTAMP(3) WHERE id IN (?)`,
          [key ?? null, due],
        )
        .catch((error) => {
          if (isDuplicate(error))
            throw new KeyReusedError('The idempotency key was used for another path.', { cause: error })
          throw error
        })
      return due
    })
  }
}
