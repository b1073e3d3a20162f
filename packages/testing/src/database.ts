import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, Database, type DatabaseOptions, databaseOptions, migrate } from '@livepods/sql'
import { DatabaseServer, freePort } from '@livepods/system'

export interface TestDatabase extends AsyncDisposable {
  database: Database
  /** For a second pool, or one with other limits. */
  options: DatabaseOptions & { database: string }
  /** For a process that uses this database. */
  environment: Record<string, string>
}

let server: Promise<Record<string, string>> | undefined

/**
 * A new database with all migrations, on the server that MYSQL_CONNECTION, MYSQL_PORT and MYSQL_USERPASSWORD name, or on a private
 * one that lives as long as this process. Dropped when disposed.
 */
export async function freshDatabase({ connections = 10 } = {}): Promise<TestDatabase> {
  server ??= serverEnvironment()
  const name = `test_${randomBytes(6).toString('hex')}`
  const environment = { ...(await server), MYSQL_DBNAME: name }
  const options = { ...databaseOptions(environment as never), connections }
  await createDatabase(options)
  const database = new Database(options)
  await migrate(database)
  return {
    database,
    options,
    environment,
    [Symbol.asyncDispose]: async () => {
      await database.change(`DROP DATABASE \`${name}\``)
      await database[Symbol.asyncDispose]()
    },
  }
}

async function serverEnvironment(): Promise<Record<string, string>> {
  const { MYSQL_CONNECTION, MYSQL_PORT = '3306', MYSQL_USERPASSWORD } = process.env
  if (MYSQL_CONNECTION && MYSQL_USERPASSWORD) return { MYSQL_CONNECTION, MYSQL_PORT, MYSQL_USERPASSWORD }
  const directory = await mkdtemp(join(tmpdir(), 'livepods-database-'))
  const started = await DatabaseServer.start({ directory, port: await freePort() })
  // The test runner waits for nothing: whatever ends this process ends its server.
  process.once('exit', () => started.kill('SIGKILL'))
  process.once('beforeExit', () => void rm(directory, { recursive: true, force: true }))
  return started.environment
}
