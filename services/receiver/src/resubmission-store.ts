import { STATUS } from '@livepods/photo'
import { type Database, isDuplicate } from '@livepods/sql'
import { REDISPATCH_AFTER_SECONDS } from './limits.ts'
import { MAY_BE_DUE_AGAIN } from './may-be-due-again.ts'
import { KeyReusedError } from './submission-store.ts'

/** Makes photos of the table `images` due again that failed. */
export class ResubmissionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes failed photos due again, commits, and returns their ids; of concurrent requests one gets each photo. `finished_at` becomes the
   * time from which the photo counts as waiting, also for its file to be written. `key` becomes the idempotency key of the one photo,
   * unless it has one. Rejects with KeyReusedError, too.
   */
  async makeDue(ids: string[], key?: string): Promise<string[]> {
    return await this.#database.transaction(async (session) => {
      const rows = await session.rows<{ id: string }>(
        `SELECT id FROM images WHERE id IN (?) AND ${MAY_BE_DUE_AGAIN} ORDER BY id FOR UPDATE`,
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
          if (isDuplicate(error)) throw new KeyReusedError('The key has another path.', { cause: error })
          throw error
        })
      return due
    })
  }
}
