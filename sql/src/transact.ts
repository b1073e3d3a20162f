import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '@livepods/service'
import { DatabaseUnavailableError, isLockConflict } from './database-unavailable-error.ts'
import type { Session } from './session.ts'

const LOCK_CONFLICT_TRIES = 6
const RETRY_WITHIN_MS = 10_000

/**
 * Runs `work` in a transaction of the session: committed when it resolves, rolled back when it rejects, retried after a lock
 * conflict.
 */
export async function transact<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  return await retryingLockConflicts(() => once(session, work), RETRY_WITHIN_MS)
}

/** Retries after a lock conflict, a few times, and not for longer than `withinMs`. */
export async function retryingLockConflicts<T>(work: () => Promise<T>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt + 1 >= LOCK_CONFLICT_TRIES || !isLockConflict(error) || performance.now() > deadline) throw error
      await sleep(backoffMs(attempt, { baseMs: 10, maxMs: 200 }))
    }
  }
}

/** As `transact`, but a lock conflict rejects. */
export async function once<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  await session.change('BEGIN')
  try {
    const result = await work(session)
    await session.change('COMMIT')
    return result
  } catch (error) {
    // Without its connection the server rolls back by itself.
    if (session.broken) throw error
    await session.change('ROLLBACK').catch((rollbackError) => {
      throw new DatabaseUnavailableError('The transaction could not be rolled back.', {
        indeterminate: true,
        cause: new AggregateError([error, rollbackError]),
      })
    })
    throw error
  }
}
