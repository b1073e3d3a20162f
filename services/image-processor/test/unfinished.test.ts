import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stores } from './support/images.ts'
import { identified, recognition } from './support/recognitions.ts'

type Part = Awaited<ReturnType<typeof stores>>

const unfinished = (stamp: string, detail = 'The file is empty.') =>
  recognition({ outcome: 'UNREADABLE', gallery: '', engine: '', detail, stamp, unfinished: true })

/** Lets so many seconds pass, as far as the row knows. */
const pass = (part: Part, id: string, seconds: number) =>
  part.set(
    id,
    `created_at = created_at - INTERVAL ? SECOND, finished_at = finished_at - INTERVAL ? SECOND,
     stamp_since = stamp_since - INTERVAL ? SECOND, due_at = due_at - INTERVAL ? SECOND, wake_at = wake_at - INTERVAL ? SECOND`,
    [seconds, seconds, seconds, seconds, seconds],
  )

async function claimed(part: Part, id: string) {
  const claim = await part.photoStore.claim(id)
  assert.ok(claim)
  return claim
}

test('a photo whose file is unfinished has spent no attempt, says why it waits, and is due again soon, then less often', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await claimed(part, id)
  assert.equal(claim.mayWait, true)
  assert.equal(await part.photoStore.postpone(claim, unfinished('s1')), true)
  const row = await part.row(id)
  assert.deepEqual([row.status, row.outcome, row.attempts, row.token], [0, null, 0, null])
  assert.equal(row.last_error, 'The file is empty. The file may still be being written.')
  assert.equal(row.wake, row.due)
  const waits = [row.due]
  for (const seconds of [5, 100, 293 - 105]) {
    await pass(part, id, seconds)
    await part.photoStore.postpone(await claimed(part, id), unfinished('s1'))
    waits.push((await part.row(id)).due)
  }
  const between = (wait: number | null | undefined, least: number, most: number) =>
    assert.ok(wait !== null && wait !== undefined && wait > least && wait <= most, waits.join(' '))
  between(waits[0], 1, 2)
  between(waits[1], 3, 7)
  between(waits[2], 9, 10)
  // Once more when five minutes are over.
  between(waits[3], 0, 7)
  await pass(part, id, 10)
  assert.equal((await claimed(part, id)).mayWait, false)
})

test('after the last attempt but one it waits just as well, and is not exhausted by the redispatcher', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  await part.set(id, 'attempts = 4')
  for (let look = 0; look < 6; look++) {
    await part.photoStore.postpone(await claimed(part, id), unfinished('s1'))
    await pass(part, id, 11)
    assert.deepEqual((await part.due.takeDue(5)).expired, 0)
  }
  assert.equal((await part.row(id)).attempts, 4)
})

test('five minutes are counted anew for a photo that was made due again, also after a fault', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  await pass(part, id, 9 * 86_400)
  assert.equal(await part.completion.complete(await claimed(part, id), recognition({ outcome: 'MISSING' })), 'MISSING')
  await pass(part, id, 86_400)
  for await (const _ of part.due.retry(3));
  const claim = await claimed(part, id)
  assert.equal(claim.mayWait, true)
  await part.photoStore.fail(claim, new Error('away'), 0)
  const again = await claimed(part, id)
  assert.deepEqual([again.attempts, again.mayWait], [2, true])
  await part.photoStore.postpone(again, unfinished('s1'))
  await pass(part, id, 301)
  assert.equal((await claimed(part, id)).mayWait, false)
})

test('a stamp is settled when it was the same at two looks a minute apart, and begins anew when the file changes', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const look = async (stamp: string, seconds: number) => {
    const claim = await claimed(part, id)
    await part.photoStore.postpone(claim, unfinished(stamp))
    await pass(part, id, seconds)
    return claim.settledStamp
  }
  assert.equal(await look('s1', 40), undefined)
  assert.equal(await look('s2', 40), undefined)
  assert.equal(await look('s2', 30), undefined)
  assert.equal(await look('s2', 15), 's2')
  assert.equal(await look('s3', 15), 's2')
  assert.equal(await look('s3', 61), undefined)
  assert.equal((await claimed(part, id)).settledStamp, 's3')
})

test('every result keeps the stamp and whether the picture was cut off; a server that says nothing of files leaves none', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const look = async (found: ReturnType<typeof recognition>) => {
    await part.set(id, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
    await part.completion.complete(await claimed(part, id), found)
    const [row] = await part.database.rows<{ stamp: string | null; settled: unknown; truncated: number }>(
      'SELECT stamp, stamp_since <= UTC_TIMESTAMP(3) AS settled, truncated FROM images WHERE id = ?',
      [id],
    )
    return [row?.stamp, Number(row?.settled), row?.truncated]
  }
  assert.deepEqual(await look({ ...identified('anna'), stamp: 's1', truncated: true }), ['s1', 1, 1])
  assert.deepEqual(await look(recognition({ outcome: 'NO_FACE', stamp: 's2' })), ['s2', 1, 0])
  assert.deepEqual(await look(recognition({ outcome: 'UNREADABLE', stamp: 's'.repeat(64) })), ['s'.repeat(64), 1, 0])
  assert.equal((await look(recognition({ outcome: 'MISSING' })))[0], null)
  assert.equal((await look(identified('anna')))[0], null)
})

test('a photo that waits for its file is not what waits for us: its age is counted from when it is due', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  await pass(part, id, 200)
  assert.ok((await part.due.pending()).oldestSeconds >= 200)
  await part.photoStore.postpone(await claimed(part, id), unfinished('s1'))
  const waits = await part.due.pending()
  assert.deepEqual([waits.images, waits.oldestSeconds], [1, 0])
  // Nobody takes it up.
  await pass(part, id, 130)
  assert.ok((await part.due.pending()).oldestSeconds >= 120)
})
