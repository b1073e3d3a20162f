import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Database } from './database.ts'
import type { Session } from './session.ts'

const LOCK_SECONDS = 60

/** The folder of this package's migrations. */
export const MIGRATIONS = new URL('../migrations/', import.meta.url)

/**
 * Applies the migrations that the database does not have yet, in the order of their names, and returns the names of those applied.
 * Two at once apply each once (GET_LOCK). Rejects, naming the file, when an applied file was edited or a new one sorts before
 * an applied one. Migrations that only the database knows are a newer version's, and are left alone.
 */
export async function migrate(
  database: Database,
  folder: URL = MIGRATIONS,
  announce = (_name: string) => {},
): Promise<string[]> {
  const files = await readMigrations(folder)
  return await database.session(async (session) => {
    const [lock] = await session.rows<{ name: string }>(
      "SELECT CONCAT('livepods.', LEFT(SHA2(DATABASE(), 256), 32)) AS name",
    )
    const name = lock?.name ?? ''
    const [locked] = await session.rows<{ held: number }>('SELECT GET_LOCK(?, ?) AS held', [name, LOCK_SECONDS])
    if (Number(locked?.held) !== 1) throw new Error(`Another migrator holds the lock for more than ${LOCK_SECONDS} s.`)
    try {
      return await applyMissing(session, files, announce)
    } finally {
      await session.rows('SELECT RELEASE_LOCK(?)', [name])
    }
  })
}

interface Migration {
  name: string
  sql: string
  sha256: string
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function applyMissing(session: Session, files: Migration[], announce: (name: string) => void): Promise<string[]> {
  await session.change(`CREATE TABLE IF NOT EXISTS migrations (
    name VARCHAR(255) NOT NULL PRIMARY KEY, sha256 CHAR(64) NOT NULL, applied_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3))
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`)
  const rows = await session.rows<{ name: string; sha256: string }>('SELECT name, sha256 FROM migrations')
  const applied = new Map(rows.map(({ name, sha256 }) => [name, sha256]))
  refuseEdited(files, applied)

  const missing = files.filter(({ name }) => !applied.has(name))
  const newest = files.findLast(({ name }) => applied.has(name))?.name ?? ''
  const tooLate = missing.find(({ name }) => name < newest)
  if (tooLate)
    throw new Error(`${tooLate.name} sorts before ${newest}, which is applied already. Give it the next number.`)
  for (const { name, sql, sha256 } of missing) {
    await session.change(sql)
    await session.change('INSERT INTO migrations (name, sha256) VALUES (?, ?)', [name, sha256])
    announce(name)
  }
  return missing.map(({ name }) => name)
}

function refuseEdited(files: Migration[], applied: Map<string, string>): void {
  const edited = files.filter(({ name, sha256 }) => applied.has(name) && applied.get(name) !== sha256)
  if (edited.length === 0) return
  const names = edited.map(({ name }) => name).join(', ')
  throw new Error(`${names} was edited after it was applied. Restore it and put the change into a new migration.`)
}
