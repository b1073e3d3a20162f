import { Database, type DatabaseOptions } from './database.ts'

const ER_BAD_DB_ERROR = 1049

/** Creates the database that `options` name where it does not exist; one that exists needs no right to create. */
export async function createDatabase({
  database: name,
  ...server
}: DatabaseOptions & { database: string }): Promise<void> {
  try {
    await using database = new Database({ ...server, database: name, connections: 1 })
    await database.ping()
  } catch (error) {
    if ((error as { errno?: number }).errno !== ER_BAD_DB_ERROR) throw error
    await using database = new Database({ ...server, connections: 1 })
    await database.change(`CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  }
}
