import type { Database } from './database.ts'
import type { Session } from './session.ts'

/** Another session holds the lock. */
export class LockTakenError extends Error {
  override readonly name = 'LockTakenError'
  readonly code = 'LOCK_TAKEN'
}

/**
 * Runs `work` on a connection that holds the named lock `name` of this database (not of the server). Only what `work` does over that
 * session is protected: a connection that breaks loses the lock, and then its statements fail. Throws LockTakenError after `waitSeconds`.
 */
export async function exclusively<T>(
  database: Database,
  { name, waitSeconds }: { name: string; waitSeconds: number },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return await database.session(async (session) => {
    const [row] = await session.rows<{ lock: string }>(
      "SELECT CONCAT('livepods.', ?, '.', LEFT(SHA2(DATABASE(), 256), 32)) AS `lock`",
      [name],
    )
    const lock = row?.lock ?? name
    const [answer] = await session.rows<{ held: number }>('SELECT GET_LOCK(?, ?) AS held', [lock, waitSeconds])
    if (Number(answer?.held) !== 1) throw new LockTakenError(`Another process holds the lock "${name}".`)
    try {
      return await work(session)
    } finally {
      // With a connection that broke, the server releases it by itself.
      if (!session.broken) await session.rows('SELECT RELEASE_LOCK(?)', [lock]).catch(() => {})
    }
  })
}
