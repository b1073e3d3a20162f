import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Database, MIGRATIONS, migrate } from '../src/index.ts'
import { freshServerDatabase } from './support/server.ts'

const names = (await readdir(MIGRATIONS)).sort()

/** A copy of the migrations that a test may change. */
async function copiedMigrations() {
  const directory = await mkdtempDisposable(join(tmpdir(), 'livepods-migrations-'))
  await cp(fileURLToPath(MIGRATIONS), directory.path, { recursive: true })
  return {
    folder: pathToFileURL(`${directory.path}/`),
    write: (name: string, sql: string) => writeFile(join(directory.path, name), sql),
    [Symbol.asyncDispose]: () => directory.remove(),
  }
}

test('an empty database gets every migration in order, and the second run does nothing', async () => {
  await using fresh = await freshServerDatabase()
  assert.deepEqual(await migrate(fresh.database), names)
  assert.deepEqual(await migrate(fresh.database), [])
})

test('two migrators at once apply each migration once', async () => {
  await using fresh = await freshServerDatabase()
  await using other = new Database(fresh.options)
  const applied = await Promise.all([migrate(fresh.database), migrate(other)])
  assert.deepEqual(applied.flat().sort(), names)
})

test('an edited migration is refused with its name and nothing is applied', async () => {
  await using fresh = await freshServerDatabase()
  await migrate(fresh.database)
  await using copy = await copiedMigrations()
  await copy.write('002-person-images.sql', 'SELECT 1')
  await copy.write('900-new.sql', 'CREATE TABLE should_not_be (id INT)')
  await assert.rejects(migrate(fresh.database, copy.folder), /002-person-images\.sql was edited after it was applied/)
  assert.deepEqual(await fresh.database.rows("SHOW TABLES LIKE 'should_not_be'"), [])
})

test('a migration that sorts before an applied one is refused with both names', async () => {
  await using fresh = await freshServerDatabase()
  await migrate(fresh.database)
  await using copy = await copiedMigrations()
  await copy.write('000-late.sql', 'SELECT 1')
  await assert.rejects(migrate(fresh.database, copy.folder), /000-late\.sql sorts before 021-images-unsearched\.sql/)
})

test('an older migrator accepts the schema of a newer one', async () => {
  await using fresh = await freshServerDatabase()
  await using newer = await copiedMigrations()
  await newer.write('900-newer.sql', 'CREATE TABLE newer (id INT) ENGINE=InnoDB')
  await migrate(fresh.database, newer.folder)
  assert.deepEqual(await migrate(fresh.database), [])
})

test('a migration that fails is tried again by the next run', async () => {
  await using fresh = await freshServerDatabase()
  await using copy = await copiedMigrations()
  await copy.write('900-wrong.sql', 'CREATE TABEL mistake (id INT)')
  await assert.rejects(migrate(fresh.database, copy.folder), { code: 'ER_PARSE_ERROR' })
  await copy.write('900-wrong.sql', 'CREATE TABLE mistake (id INT) ENGINE=InnoDB')
  assert.deepEqual(await migrate(fresh.database, copy.folder), ['900-wrong.sql'])
})

test('the process creates a database that is missing, migrates it and exits with 0', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change(`DROP DATABASE \`${fresh.options.database}\``)
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [main], {
    env: { PATH: process.env.PATH, ...fresh.environment },
  })
  assert.match(stdout, /database is up to date/)
  await using created = new Database(fresh.options)
  assert.deepEqual(await migrate(created), [])
})

test('the process names a bad variable, not its value, and exits with 78', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const run = promisify(execFile)(process.execPath, [main], { env: { PATH: process.env.PATH, MYSQL_PORT: 'many' } })
  await assert.rejects(run, (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 78)
    assert.match(error.stderr, /MYSQL_CONNECTION is missing/)
    assert.match(error.stderr, /MYSQL_PORT is "many"/)
    assert.match(error.stderr, /MYSQL_USERPASSWORD is missing/)
    return true
  })
})
