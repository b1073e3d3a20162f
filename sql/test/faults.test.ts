import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseServer, freePort, suspend } from '@livepods/system'
import {
  createDatabase,
  Database,
  type DatabaseOptions,
  DatabaseUnavailableError,
  StatementTooLargeError,
} from '../src/index.ts'

// A server of this file alone: it is stopped, killed and made read-only.
const directory = await mkdtemp(join(tmpdir(), 'livepods-faults-'))
const port = await freePort()
let server = await DatabaseServer.start({ directory, port })
after(async () => {
  await owner[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const options = {
  host: server.host,
  port,
  user: 'livepods',
  password: server.password,
  database: 'faults',
  connections: 4,
} satisfies DatabaseOptions
await createDatabase(options)
const owner = new Database(options)
await owner.change('CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0) ENGINE=InnoDB')
await owner.change('INSERT INTO t (id) VALUES (1), (2), (3)')

/** An account that obeys read_only, as every ordinary one does. */
async function ordinary(limits: Partial<DatabaseOptions> = {}): Promise<Database> {
  const user = `u${randomBytes(4).toString('hex')}`
  await owner.change(`CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY 'ordinary'`)
  await owner.change(`GRANT ALL PRIVILEGES ON faults.* TO '${user}'@'127.0.0.1'`)
  return new Database({ ...options, user, password: 'ordinary', ...limits })
}

const unavailable = (indeterminate: boolean) => (error: unknown) => {
  assert.ok(error instanceof DatabaseUnavailableError, String(error))
  assert.equal(error.indeterminate, indeterminate, String(error.cause))
  return true
}

/** The ids of as many connections as the pool has, used at the same time. */
async function connectionIds(database: Database): Promise<Set<string>> {
  const rows = await Promise.all(
    Array.from({ length: 4 }, () => database.rows<{ id: string }>('SELECT CONNECTION_ID() AS id, SLEEP(0.05)')),
  )
  return new Set(rows.map(([row]) => String(row?.id)))
}

async function untilItAnswers(database: Database): Promise<number> {
  const begun = performance.now()
  for (;;) {
    try {
      await database.ping()
      return performance.now() - begun
    } catch (error) {
      assert.ok(error instanceof DatabaseUnavailableError, String(error))
      await sleep(20)
    }
  }
}

test('a server that only reads since a failover is unavailable, did nothing, and is left by every connection', async () => {
  await using database = await ordinary()
  const before = await connectionIds(database)
  await owner.change('SET GLOBAL read_only = 1')
  await assert.rejects(database.change('UPDATE t SET n = n + 1 WHERE id = 1'), unavailable(false))
  await assert.rejects(
    database.transaction((session) => session.change('UPDATE t SET n = n + 1 WHERE id = 1')),
    unavailable(false),
  )
  await owner.change('SET GLOBAL read_only = 0')
  const after = await connectionIds(database)
  assert.equal(new Set([...before, ...after]).size, before.size + after.size)
  await database.change('UPDATE t SET n = n + 1 WHERE id = 1')
  assert.deepEqual(await database.rows('SELECT n FROM t WHERE id = 1'), [{ n: 1 }])
})

test('a session that is killed between the statements of a transaction is unavailable, and the transaction did nothing', async () => {
  const work = owner.transaction(async (session) => {
    const [row] = await session.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
    await session.change('UPDATE t SET n = 70 WHERE id = 2')
    await owner.change(`KILL ${row?.id}`)
    await session.change('UPDATE t SET n = 71 WHERE id = 2')
  })
  await assert.rejects(work, DatabaseUnavailableError)
  assert.deepEqual(await owner.rows('SELECT n FROM t WHERE id = 2'), [{ n: 0 }])
})

test('who waits for a locked row gives up before the deadline, knowing that nothing was done', async () => {
  await using database = new Database({ ...options, statementWithinMs: 5000 })
  await owner.transaction(async (session) => {
    await session.change('UPDATE t SET n = 5 WHERE id = 3')
    // Its own deadline would leave it open whether it was done.
    await assert.rejects(database.change('UPDATE t SET n = 6 WHERE id = 3'), unavailable(false))
  })
})

test('a process that falls silent in its transaction holds its rows for seconds', async () => {
  await using silent = new Database({ ...options, statementWithinMs: 1000 })
  const [{ version } = { version: '' }] = await owner.rows<{ version: string }>('SELECT VERSION() AS version')
  const [settings] = await silent.rows<{ wait: unknown }>('SELECT @@SESSION.wait_timeout AS wait')
  assert.equal(Number(settings?.wait), 60)
  // MySQL has only the minute for the whole connection.
  if (!version.includes('MariaDB')) return
  const locked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const holding = silent.transaction(async (session) => {
    await session.change('UPDATE t SET n = 8 WHERE id = 3')
    locked.resolve()
    await release.promise
    await session.change('UPDATE t SET n = 9 WHERE id = 3')
  })
  holding.catch(() => {})
  await locked.promise
  await owner.change('UPDATE t SET n = 10 WHERE id = 3')
  release.resolve()
  await assert.rejects(holding, DatabaseUnavailableError)
  assert.deepEqual(await owner.rows('SELECT n FROM t WHERE id = 3'), [{ n: 10 }])
})

test('a server that hangs costs one deadline, and no connection from before is used again', async () => {
  await using database = new Database({ ...options, statementWithinMs: 300, acquireWithinMs: 300 })
  const before = await connectionIds(database)
  await suspend(server)
  await assert.rejects(database.change('UPDATE t SET n = n + 1 WHERE id = 2'), unavailable(true))
  await assert.rejects(database.ping(), unavailable(false))
  server.kill('SIGCONT')
  await untilItAnswers(database)
  const after = await connectionIds(database)
  assert.equal(new Set([...before, ...after]).size, before.size + after.size)
})

test('a server that is killed is unavailable until it is there again, and nothing that was committed is lost', async (context) => {
  await using database = new Database(options)
  await connectionIds(database)
  await database.change('UPDATE t SET n = 42 WHERE id = 1')
  server.kill('SIGKILL')
  await server.exited
  await assert.rejects(database.ping(), DatabaseUnavailableError)
  server = await DatabaseServer.start({ directory, port })
  context.diagnostic(`answers ${Math.round(await untilItAnswers(database))} ms after the server`)
  assert.deepEqual(await database.rows('SELECT n FROM t WHERE id = 1'), [{ n: 42 }])
})

test('a server without connections left is unavailable, and did nothing', async () => {
  // The fewest that MariaDB can be told; MySQL takes fewer.
  await owner.change('SET GLOBAL max_connections = 10')
  try {
    await using crowd = await ordinary({ connections: 14, acquireWithinMs: 20_000 })
    const answers = await Promise.allSettled(Array.from({ length: 14 }, () => crowd.rows('SELECT SLEEP(2)')))
    const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason)
    assert.ok(refused.length >= 4, `${refused.length} were refused`)
    for (const error of refused) assert.ok(unavailable(false)(error))
    assert.match(refused[0].message, /ER_CON_COUNT_ERROR/)
  } finally {
    await owner.change('SET GLOBAL max_connections = 500')
  }
})

test('connections that are idle are given back', async () => {
  await using database = await ordinary()
  const ids = [...(await connectionIds(database))]
  assert.equal(ids.length, 4)
  const left = async () =>
    await owner.rows('SELECT id FROM information_schema.processlist WHERE id IN (?)', [ids.map(Number)])
  assert.ok((await left()).length > 1)
  while ((await left()).length > 0) await sleep(50)
  await database.ping()
})

test('a statement that is larger than the server takes is said to be that, and the pool goes on', async () => {
  await owner.change('SET GLOBAL max_allowed_packet = 1048576')
  try {
    await using database = await ordinary()
    // The server closes in the middle of a large one, and its error may not arrive then.
    for (const size of [1_500_000, 14_000_000]) {
      await assert.rejects(database.rows('SELECT LENGTH(?)', ['x'.repeat(size)]), StatementTooLargeError)
      await assert.rejects(database.rows('SELECT 1 IN (?)', [['x'.repeat(size)]]), StatementTooLargeError)
    }
    await database.ping()
  } finally {
    await owner.change('SET GLOBAL max_allowed_packet = 16777216')
  }
})
