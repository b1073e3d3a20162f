import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DueStore, Retried } from '../src/due-store.ts'
import { withImages } from './support/images.ts'

async function retry(due: DueStore): Promise<Retried> {
  let done: Retried = { EXHAUSTED: 0, MISSING: 0 }
  for await (done of due.retry(3));
  return done
}

test('a photo that is due comes up once, and again after ten seconds', async () => {
  await using part = await withImages(1)
  assert.deepEqual(await part.due.takeDue(5), { due: part.ids, expired: 0 })
  assert.deepEqual(await part.due.takeDue(5), { due: [], expired: 0 })
  const { wake } = await part.row(part.ids[0] ?? '')
  assert(wake && wake > 9 && wake <= 10)
})

test('the longer a photo has waited, the later it comes up again: at most ten minutes', async () => {
  await using part = await withImages(2)
  const [day = '', minute = ''] = part.ids
  await part.set(day, 'due_at = UTC_TIMESTAMP(3) - INTERVAL 1 DAY')
  await part.set(minute, 'due_at = UTC_TIMESTAMP(3) - INTERVAL 60 SECOND')
  await part.due.takeDue(5)
  const [afterDay, afterMinute] = [(await part.row(day)).wake ?? 0, (await part.row(minute)).wake ?? 0]
  assert(afterDay > 599 && afterDay <= 600, `${afterDay}`)
  assert(afterMinute > 58 && afterMinute <= 61, `${afterMinute}`)
})

test('two redispatchers at once get different photos, at most 200 each', async () => {
  await using part = await withImages(350)
  const batches = await Promise.all([part.due.takeDue(5), part.due.takeDue(5), part.due.takeDue(5)])
  const taken = batches.flatMap(({ due }) => due)
  const { due: rest } = await part.due.takeDue(5)
  assert.equal(new Set([...taken, ...rest]).size, 350)
  assert.equal(taken.length + rest.length, 350)
})

test('a locked photo is skipped, not waited for', async () => {
  await using part = await withImages(2)
  const [locked = '', free = ''] = part.ids
  await part.database.transaction(async (session) => {
    await session.rows('SELECT id FROM images WHERE id = ? FOR UPDATE', [locked])
    assert.deepEqual((await part.due.takeDue(5)).due, [free])
  })
})

test('a batch that could not be published is returned, except for what became final meanwhile', async () => {
  await using part = await withImages(2)
  const [pending = '', final = ''] = part.ids
  const { due: ids } = await part.due.takeDue(5)
  await part.set(final, 'due_at = NULL, wake_at = NULL, outcome = ?', ['NO_FACE'])
  await part.due.returnDue(ids)
  assert.deepEqual((await part.due.takeDue(5)).due, [pending])
})

test('a worker that vanished at the last attempt leaves the photo exhausted', async () => {
  await using part = await withImages(2)
  const [vanished = '', working = ''] = part.ids
  for (const id of part.ids) await part.set(id, 'attempts = 4')
  assert(await part.photoStore.claim(vanished))
  assert(await part.photoStore.claim(working))
  await part.set(vanished, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
  assert.deepEqual(await part.due.takeDue(5), { due: [], expired: 1 })
  const row = await part.row(vanished)
  assert.deepEqual([row.status, row.outcome, row.due, row.token], [2, 'EXHAUSTED', null, null])
  assert.equal((await part.row(working)).status, 3)
})

test('the retry job makes exhausted and missing photos due again, and no others', async () => {
  await using part = await withImages(4)
  const outcomes = ['EXHAUSTED', 'MISSING', 'NO_FACE', 'REFUSED']
  for (const [i, id] of part.ids.entries()) {
    await part.set(id, 'status = 2, outcome = ?, attempts = 5, due_at = NULL, wake_at = NULL', [outcomes[i] ?? ''])
  }
  assert.deepEqual(await part.due.retryable(3), { EXHAUSTED: 1, MISSING: 1 })
  assert.deepEqual(await retry(part.due), { EXHAUSTED: 1, MISSING: 1 })
  assert.deepEqual(await part.due.retryable(3), { EXHAUSTED: 0, MISSING: 0 })
  const rows = await Promise.all(part.ids.map((id) => part.row(id)))
  assert.deepEqual(
    rows.map(({ status }) => status),
    [0, 0, 2, 2],
  )
  assert.deepEqual(
    rows.map(({ rounds, attempts }) => [rounds, attempts]),
    [
      [1, 0],
      [1, 0],
      [0, 5],
      [0, 5],
    ],
  )
  assert.equal((await part.photoStore.claim(part.ids[0] ?? ''))?.attempts, 1)
})

test('of two retry jobs at once the second changes nothing, and a photo is retried three times at most', async () => {
  await using part = await withImages(1200)
  const exhaust = 'UPDATE images SET status = 2, outcome = ?, due_at = NULL, wake_at = NULL'
  for (let n = 1; n <= 4; n++) {
    await part.database.change(exhaust, ['EXHAUSTED'])
    const [one, other] = await Promise.all([retry(part.due), retry(part.due)])
    assert.equal(one.EXHAUSTED + other.EXHAUSTED, n <= 3 ? 1200 : 0)
  }
  const rounds = await part.database.rows<{ rounds: number }>('SELECT DISTINCT rounds FROM images')
  assert.deepEqual(rounds, [{ rounds: 3 }])
})

test('the oldest pending photo is counted from its acceptance, or from when it became due again', async () => {
  await using part = await withImages(3)
  assert.equal((await part.due.pending()).images, 3)
  const [accepted = '', again = '', final = ''] = part.ids
  await part.set(accepted, 'created_at = UTC_TIMESTAMP(3) - INTERVAL 50 SECOND')
  await part.set(
    again,
    'created_at = UTC_TIMESTAMP(3) - INTERVAL 9 DAY, finished_at = UTC_TIMESTAMP(3) - INTERVAL 8 DAY',
  )
  await part.set(final, 'created_at = UTC_TIMESTAMP(3) - INTERVAL 9 DAY, due_at = NULL, wake_at = NULL')
  const { images, oldestSeconds } = await part.due.pending()
  assert.equal(images, 2)
  assert(oldestSeconds >= 50 && oldestSeconds < 80, `${oldestSeconds}`)
  await part.database.change('UPDATE images SET due_at = NULL, wake_at = NULL')
  assert.deepEqual(await part.due.pending(), { images: 0, oldestSeconds: 0 })
})

test('a queue that lost everything gets what is due once more: no more than fits, and nothing that is claimed, final or due later', async () => {
  await using part = await withImages(6)
  await part.due.takeDue(5)
  const [claimed = '', final = '', later = '', ...lost] = part.ids
  assert(await part.photoStore.claim(claimed))
  await part.set(final, 'due_at = NULL, wake_at = NULL, outcome = ?', ['NO_FACE'])
  await part.set(later, 'due_at = UTC_TIMESTAMP(3) + INTERVAL 60 SECOND, wake_at = due_at')
  assert.deepEqual((await part.due.takeDue(5)).due, [])
  assert.equal(await part.due.markLost(0), 0)
  assert.equal(await part.due.markLost(2), 2)
  assert.equal(await part.due.markLost(10), 1)
  assert.deepEqual((await part.due.takeDue(5)).due.toSorted(), lost)
})
