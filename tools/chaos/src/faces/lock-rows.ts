import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@livepods/sql'

const ROWS = 6
const HOLD_MS = 20

/** Two transactions that lock the newest rows one by one, one upwards and one downwards: they and the services meet in deadlocks. */
export async function lockRows(database: Database): Promise<void> {
  const rows = await database.rows<{ id: string }>(`SELECT id FROM images ORDER BY id DESC LIMIT ${ROWS}`)
  const ids = rows.map(({ id }) => id)
  await Promise.all([lockEach(database, ids), lockEach(database, ids.toReversed())])
}

async function lockEach(database: Database, ids: string[]): Promise<void> {
  await database.session(async (session) => {
    await session.change('BEGIN')
    try {
      for (const id of ids) {
        await session.change('UPDATE images SET last_error = last_error WHERE id = ?', [id])
        await sleep(HOLD_MS)
      }
    } finally {
      await session.change('ROLLBACK')
    }
  })
}
