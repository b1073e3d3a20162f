import { randomBytes } from 'node:crypto'
import { temporaryDatabaseServer } from '@livepods/system'
import { createDatabase, Database, type DatabaseOptions, databaseOptions } from '../../src/index.ts'

export interface ServerDatabase extends AsyncDisposable {
  database: Database
  options: DatabaseOptions & { database: string }
  environment: Record<string, string>
}

/** A new, empty database (no migration applied); dropped when disposed. */
export async function freshServerDatabase(limits: Partial<DatabaseOptions> = {}): Promise<ServerDatabase> {
  const environment = { ...(await temporaryDatabaseServer()), MYSQL_DBNAME: `test_${randomBytes(6).toString('hex')}` }
  const options = { ...databaseOptions(environment as never), connections: 10 }
  await createDatabase(options)
  const database = new Database({ ...options, ...limits })
  return {
    database,
    options,
    environment,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]()
      await using owner = new Database({ ...options, connections: 1 })
      await owner.change(`DROP DATABASE \`${options.database}\``)
    },
  }
}
