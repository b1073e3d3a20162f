import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '@livepods/sql'
import { withImages } from './support/images.ts'

const BACKLOG = 5000

/** Rows and index entries that the statements of `work` made the server read. */
async function read(session: Session, work: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    const rows = await session.rows<{ Value: string }>("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
  }
  await session.rows('FLUSH STATUS')
  const looking = await count()
  await work()
  return (await count()) - looking
}

test('an idle redispatch reads next to nothing, however many photos wait for their time or are final', async () => {
  await using part = await withImages(2 * BACKLOG)
  await part.database.change(`UPDATE images SET due_at = NULL, wake_at = NULL LIMIT ${BACKLOG}`)
  await part.database.change(
    `UPDATE images SET due_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, wake_at = due_at WHERE wake_at IS NOT NULL`,
  )
  await part.database.session(async (session) => {
    const statement = 'SELECT id FROM images FORCE INDEX (images_wake) WHERE wake_at <= UTC_TIMESTAMP(3) LIMIT 1'
    assert((await read(session, () => session.rows(statement))) < 40)
  })
  assert.deepEqual(await part.due.takeDue(5), { due: [], expired: 0 })
})

test('what is due is found by the index: a redispatch reads the batch and not the backlog', async () => {
  await using part = await withImages(BACKLOG)
  await part.database.change(`UPDATE images SET wake_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR LIMIT ${BACKLOG - 10}`)
  await part.database.rows('ANALYZE TABLE images')
  const statement =
    'SELECT id, due_at FROM images FORCE INDEX (images_wake) WHERE wake_at <= UTC_TIMESTAMP(3) ORDER BY wake_at LIMIT 200 FOR UPDATE SKIP LOCKED'
  await part.database.session(async (session) => {
    const [plan] = await session.rows<{ key: string }>(`EXPLAIN FORMAT=TRADITIONAL ${statement}`)
    assert.equal(plan?.key, 'images_wake')
    const reads = await read(session, () => session.rows(statement))
    assert(reads < 100, `${reads} reads`)
  })
  assert.equal((await part.due.takeDue(5)).due.length, 10)
})

test('a backlog that is worked off in ten minutes is published a few times over, not every second', async () => {
  await using part = await withImages(600)
  const times = new Map<string, number>()
  const waiting = [...part.ids]
  const tickSeconds = 5
  while (waiting.length > 0) {
    for (let batch = await part.due.takeDue(5); batch.due.length > 0; batch = await part.due.takeDue(5)) {
      for (const id of batch.due) times.set(id, (times.get(id) ?? 0) + 1)
    }
    const done = waiting.splice(0, 5)
    await part.database.change('UPDATE images SET due_at = NULL, wake_at = NULL WHERE id IN (?)', [done])
    // Time passes.
    await part.database.change(
      `UPDATE images SET due_at = due_at - INTERVAL ${tickSeconds} SECOND, wake_at = wake_at - INTERVAL ${tickSeconds} SECOND
       WHERE wake_at IS NOT NULL`,
    )
  }
  const counts = [...times.values()]
  // At 0, 10, 20, 40, 80, 160, 320 and 640 s.
  assert(Math.max(...counts) <= 8, `${Math.max(...counts)} times`)
  assert(counts.reduce((sum, count) => sum + count, 0) <= 600 * 7)
})

test('a worker that is stopped in the middle of its last write holds up no redispatch', async () => {
  await using part = await withImages(3)
  const [stopped = '', exhausted = '', due = ''] = part.ids
  for (const id of [stopped, exhausted]) await part.set(id, 'attempts = 4')
  const claim = await part.photoStore.claim(stopped)
  assert(claim && (await part.photoStore.claim(exhausted)))
  // Both leases are over.
  await part.database.change('UPDATE images SET due_at = UTC_TIMESTAMP(3), wake_at = due_at')
  await part.database.transaction(async (session) => {
    await part.photoStore.finish(session, claim, {
      status: 1,
      outcome: 'IDENTIFIED',
      person: 1,
      truncated: false,
      generation: 1,
    })
    // One that waited for the locked row would be refused.
    assert.deepEqual(await part.due.takeDue(5), { due: [due], expired: 1 })
  })
  assert.equal((await part.row(stopped)).outcome, 'IDENTIFIED')
})
