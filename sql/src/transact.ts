import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '@livepods/service'
import type { Session } from './database.ts'
import { DatabaseUnavailable, isLockConflict } from './database-unavailable.ts'

const LOCK_CONFLICT_TRIES = 6

/** Runs `work` in a transaction of the session: committed when it resolves, rolled back when it rejects, done again when it lost a lock race. */
export async function transact<T, S extends Session>(session: S, work: (session: S) => Promise<T>): Promise<T> {
  return await retryingLockConflicts(() => once(session, work))
}

export async function retryingLockConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt + 1 >= LOCK_CONFLICT_TRIES || !isLockConflict(error)) throw error
      await sleep(backoffMs(attempt, { baseMs: 10, maxMs: 200 }))
    }
  }
}

export async function once<T, S extends Session>(session: S, work: (session: S) => Promise<T>): Promise<T> {
  await session.change('BEGIN')
  try {
    const result = await work(session)
    await session.change('COMMIT')
    return result
  } catch (error) {
    await session.change('ROLLBACK').catch((rollbackError) => {
      throw new DatabaseUnavailable('The transaction could not be rolled back.', {
        indeterminate: true,
        cause: new AggregateError([error, rollbackError]),
      })
    })
    throw error
  }
}
