import { randomBytes } from 'node:crypto'
import { createDatabase, Database, type DatabaseOptions, databaseOptions, migrate } from '@livepods/sql'
import { temporaryDatabaseServer } from '@livepods/system'

export interface TestDatabase extends AsyncDisposable {
  database: Database
  /** For a second pool, or one with other limits. */
  options: DatabaseOptions & { database: string }
  /** For a process that uses this database. */
  environment: Record<string, string>
}

/**
 * A new database with all migrations, on the server that MYSQL_CONNECTION, MYSQL_PORT and MYSQL_USERPASSWORD name, or on a private
 * one that lives as long as this process. Dropped when disposed.
 */
export async function freshDatabase({ connections = 10 } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const environment = { ...(await temporaryDatabaseServer()), MYSQL_DBNAME: name }
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
