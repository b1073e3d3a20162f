import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exclusively, LockTakenError, transact } from '../src/index.ts'
import { freshServerDatabase } from './support/server.ts'

const LOCK = { name: 'test', waitSeconds: 0 }

test('one holds a lock at a time, and it is free after the work, also after one that failed', async () => {
  await using fresh = await freshServerDatabase()
  await exclusively(fresh.database, LOCK, async () => {
    await assert.rejects(
      exclusively(fresh.database, LOCK, async () => {}),
      LockTakenError,
    )
    assert.equal(await exclusively(fresh.database, { ...LOCK, name: 'other' }, async () => 1), 1)
  })
  await assert.rejects(
    exclusively(fresh.database, LOCK, async () => {
      throw new Error('failed')
    }),
    /failed/,
  )
  assert.equal(await exclusively(fresh.database, LOCK, async () => 2), 2)
})

test('databases of one server do not take each other’s locks', async () => {
  await using one = await freshServerDatabase()
  await using other = await freshServerDatabase()
  await exclusively(one.database, LOCK, async () => {
    assert.equal(await exclusively(other.database, LOCK, async () => 1), 1)
  })
})

test('a connection that breaks loses the lock, and its statements fail', async () => {
  await using fresh = await freshServerDatabase()
  await fresh.database.change('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB')
  await assert.rejects(
    exclusively(fresh.database, LOCK, async (session) => {
      const [row] = await session.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
      await fresh.database.change(`KILL ${row?.id}`)
      await exclusively(fresh.database, { ...LOCK, waitSeconds: 5 }, async () => {})
      await transact(session, (session) => session.change('INSERT INTO t VALUES (1)'))
    }),
    { name: 'DatabaseUnavailableError' },
  )
  assert.deepEqual(await fresh.database.rows('SELECT * FROM t'), [])
})
