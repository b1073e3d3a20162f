import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { Database, DatabaseUnavailableError } from '../src/index.ts'
import { freshServerDatabase } from './support/server.ts'

const unavailable = (indeterminate: boolean) => (error: unknown) => {
  assert.ok(error instanceof DatabaseUnavailableError, String(error))
  assert.equal(error.indeterminate, indeterminate)
  return true
}

test('a BIGINT beyond 2^53 arrives unharmed, as a string', async () => {
  await using fresh = await freshServerDatabase()
  const [row] = await fresh.database.rows<{ id: string }>('SELECT CAST(? AS UNSIGNED) AS id', ['9007199254740993'])
  assert.equal(row?.id, '9007199254740993')
})

test('a list stands for itself in IN and VALUES', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9)) ENGINE=InnoDB')
  const inserted = await fresh.database.change('INSERT INTO t VALUES ?', [
    [
      [1, 'a'],
      [2, "b'"],
      [3, 'c'],
    ],
  ])
  assert.equal(inserted.affectedRows, 3)
  assert.equal((await fresh.database.rows('SELECT * FROM t WHERE id IN (?)', [[1, 2]])).length, 2)
})

test('every connection reads committed rows and tells the time in UTC', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change('CREATE TABLE t (at DATETIME(3)) ENGINE=InnoDB')
  await fresh.database.change('INSERT INTO t VALUES (UTC_TIMESTAMP(3))')
  const [row] = await fresh.database.rows<{ at: Date }>('SELECT at FROM t')
  assert.ok(Math.abs((row?.at.getTime() ?? 0) - Date.now()) < 60_000)
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      const [level] = await fresh.database.rows<{ Value: string }>(
        "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')",
      )
      assert.equal(level?.Value, 'READ-COMMITTED')
    }),
  )
})

test('a transaction that rejects leaves nothing, and its connection is used again', async () => {
  await using fresh = await freshServerDatabase({ connections: 1 })
  await fresh.database.change('CREATE TABLE t (id INT) ENGINE=InnoDB')
  const work = fresh.database.transaction(async (session) => {
    await session.change('INSERT INTO t VALUES (1)')
    throw new Error('changed my mind')
  })
  await assert.rejects(work, /changed my mind/)
  assert.deepEqual(await fresh.database.rows('SELECT * FROM t'), [])
})

test('an auto-increment value that the server cannot give for a moment is asked for again', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB')
  await fresh.database.change(
    `CREATE TRIGGER moment BEFORE INSERT ON t FOR EACH ROW
       SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1467, MESSAGE_TEXT = 'Failed to read auto-increment value from storage engine'`,
  )
  let tries = 0
  await fresh.database.transaction(async (session) => {
    if (tries++ > 0) await fresh.database.change('DROP TRIGGER IF EXISTS moment')
    await session.change('INSERT INTO t (n) VALUES (7)')
  })
  assert.equal(tries, 2)
  assert.equal((await fresh.database.rows('SELECT n FROM t')).length, 1)
})

test('a deadlock is tried again until both transactions are through', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change('CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB')
  await fresh.database.change('INSERT INTO t VALUES (1, 0), (2, 0)')
  const barrier = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  let tries = 0
  const add = (mine: number, first: number, second: number) =>
    fresh.database.transaction(async (session) => {
      tries++
      await session.change('UPDATE t SET n = n + 1 WHERE id = ?', [first])
      barrier[mine]?.resolve()
      await Promise.all(barrier.map(({ promise }) => promise))
      await session.change('UPDATE t SET n = n + 1 WHERE id = ?', [second])
    })
  await Promise.all([add(0, 1, 2), add(1, 2, 1)])
  assert.deepEqual(
    (await fresh.database.rows<{ n: number }>('SELECT n FROM t')).map(({ n }) => n),
    [2, 2],
  )
  assert.ok(tries > 2, 'there was no deadlock')
})

test('a transaction that refers to a row which goes away meanwhile is done again', async () => {
  await using fresh = await freshServerDatabase()
  const { database } = fresh
  await database.change('CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB')
  await database.change(
    'CREATE TABLE child (parent INT NULL, FOREIGN KEY (parent) REFERENCES parent (id)) ENGINE=InnoDB',
  )
  await database.change('INSERT INTO parent VALUES (1)')
  let tries = 0
  await database.transaction(async (session) => {
    tries++
    const [row] = await session.rows<{ id: number }>('SELECT id FROM parent')
    if (tries === 1) await database.change('DELETE FROM parent')
    await session.change('INSERT INTO child VALUES (?)', [row?.id ?? null])
  })
  assert.equal(tries, 2)
  assert.deepEqual(await database.rows('SELECT parent FROM child'), [{ parent: null }])
})

test('a statement over its deadline is unavailable and indeterminate, and its connection is not used again', async () => {
  await using fresh = await freshServerDatabase({ connections: 1, statementWithinMs: 200 })
  const [before] = await fresh.database.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
  await assert.rejects(fresh.database.rows('SELECT SLEEP(5)'), unavailable(true))
  const [after] = await fresh.database.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
  assert.notEqual(after?.id, before?.id)
})

test('an exhausted pool is unavailable after the deadline instead of waiting for ever', async () => {
  await using fresh = await freshServerDatabase({ connections: 1, acquireWithinMs: 100 })
  await fresh.database.session(async () => {
    await assert.rejects(fresh.database.ping(), unavailable(false))
  })
  await fresh.database.ping()
})

test('more callers than the pool lets wait are told at once that it is unavailable', async () => {
  await using fresh = await freshServerDatabase({ connections: 1 })
  const release = Promise.withResolvers<void>()
  const holder = fresh.database.session(() => release.promise)
  const waiting = Array.from({ length: 1500 }, () => fresh.database.ping())
  const refused = assert.rejects(Promise.race(waiting), unavailable(false))
  const all = Promise.allSettled(waiting)
  await refused
  release.resolve()
  await holder
  const outcomes = await all
  assert.ok(outcomes.filter(({ status }) => status === 'fulfilled').length >= 1000)
})

test('closing ends although a statement is given up meanwhile, or the server never answers it', async () => {
  await using fresh = await freshServerDatabase()
  const closing = new Database({ ...fresh.options, connections: 2, statementWithinMs: 200 })
  const sent = Promise.withResolvers<void>()
  const sleep = closing.session(async (session) => {
    const answer = session.rows('SELECT SLEEP(3600)')
    sent.resolve()
    await answer
  })
  const refused = assert.rejects(sleep, unavailable(true))
  await sent.promise
  await closing[Symbol.asyncDispose]()
  await refused
})

test('a quotation mark and a backslash are text', async () => {
  await using fresh = await freshServerDatabase()
  const text = "a\\' OR 1=1 -- \\"
  const [row] = await fresh.database.rows<{ text: string }>('SELECT ? AS text FROM (SELECT 1) d WHERE 1 IN (?)', [
    text,
    [1],
  ])
  assert.equal(row?.text, text)
})

test('a session killed in the middle of a statement is unavailable', async () => {
  await using fresh = await freshServerDatabase()
  const id = Promise.withResolvers<string>()
  const victim = fresh.database.session(async (session) => {
    const [row] = await session.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
    id.resolve(row?.id ?? '')
    await session.rows('SELECT SLEEP(5)')
  })
  const rejected = assert.rejects(victim, DatabaseUnavailableError)
  await fresh.database.change(`KILL ${await id.promise}`)
  await rejected
  await fresh.database.ping()
})

test('no server at the address is unavailable, and nothing was sent', async () => {
  await using database = new Database({ host: '127.0.0.1', port: 1, user: 'a', password: 'b' })
  await assert.rejects(database.ping(), unavailable(false))
})

test('a server that accepts and says nothing is unavailable within the deadline', async () => {
  const sockets: Socket[] = []
  const mute = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as { port: number }
  await using database = new Database({ host: '127.0.0.1', port, user: 'a', password: 'b', acquireWithinMs: 200 })
  await assert.rejects(database.ping(), unavailable(false))
  mute.close()
  for (const socket of sockets) socket.destroy()
})

test('a mistake in a statement stays the mistake that it is', async () => {
  await using fresh = await freshServerDatabase()
  await assert.rejects(fresh.database.rows('SELEC 1'), { code: 'ER_PARSE_ERROR' })
})
