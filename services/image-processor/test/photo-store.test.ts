import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stores } from './support/images.ts'
import { identified, recognition } from './support/recognitions.ts'

const LET_LEASE_RUN_OUT = 'due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND, wake_at = due_at'

test('a row that a kube-cluster-sample receiver inserts (path, person, status) can be claimed at once', async () => {
  await using part = await stores()
  const id = await part.add('/unknown_people/x.jpg')
  const claim = await part.photoStore.claim(id)
  assert.equal(claim?.path, '/unknown_people/x.jpg')
  assert.equal(claim?.attempts, 1)
  const row = await part.row(id)
  assert.equal(row.status, 3)
  assert.equal(row.token, claim?.token)
  assert(row.due && row.due > 28 && row.due <= 30)
  assert.equal(row.wake, row.due)
})

test('a claim carries what the log and the trace need', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  await part.set(id, 'request_id = ?, traceparent = ?', ['abc', traceparent])
  const claim = await part.photoStore.claim(id)
  assert.deepEqual([claim?.requestId, claim?.traceparent], ['abc', traceparent])
})

test('of two claimers at once one gets the photo', async () => {
  await using part = await stores()
  const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => part.add(`${i}.jpg`)))
  const claims = await Promise.all(ids.flatMap((id) => [part.photoStore.claim(id), part.photoStore.claim(id)]))
  assert.equal(claims.filter((claim) => claim).length, 20)
})

test('what is not there, final, claimed, or due later cannot be claimed', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  assert.equal(await part.photoStore.claim('99'), undefined)
  assert.equal(await part.photoStore.claim('18446744073709551615'), undefined)
  const claim = await part.photoStore.claim(id)
  assert(claim)
  assert.equal(await part.photoStore.claim(id), undefined)
  await part.photoStore.fail(claim, new Error('down'), 60_000)
  assert.equal(await part.photoStore.claim(id), undefined)
  await part.set(id, 'due_at = NULL, wake_at = NULL')
  assert.equal(await part.photoStore.claim(id), undefined)
})

test('an id above 2^53 is not mistaken for its neighbour', async () => {
  await using part = await stores()
  for (const id of ['9007199254740993', '9007199254740992']) {
    await part.database.change('INSERT INTO images (id, path) VALUES (?, ?)', [id, id])
  }
  assert.equal((await part.photoStore.claim('9007199254740993'))?.path, '9007199254740993')
  assert.equal((await part.row('9007199254740992')).status, 0)
})

test('a lease that ran out is taken over, and the late finisher changes nothing', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const late = await part.photoStore.claim(id)
  await part.set(id, LET_LEASE_RUN_OUT)
  const taker = await part.photoStore.claim(id)
  assert(late && taker)
  assert.equal(taker.attempts, 2)

  assert.equal(await part.photoStore.renew(late), false)
  assert.equal(await part.photoStore.release(late), false)
  assert.equal(await part.photoStore.fail(late, new Error('late'), 0), 'lost')
  assert.equal(await part.completion.complete(late, identified('late')), undefined)
  assert.equal((await part.row(id)).token, taker.token)
  assert.deepEqual(await part.database.rows('SELECT * FROM person'), [])

  assert.equal(await part.completion.complete(taker, recognition()), 'UNIDENTIFIED')
  assert.equal(await part.completion.complete(late, identified('late')), undefined)
  assert.equal((await part.row(id)).outcome, 'UNIDENTIFIED')
})

test('a completion that is repeated because its answer was lost changes nothing and answers the same', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  assert.equal(await part.completion.complete(claim, identified('anna')), 'IDENTIFIED')
  assert.equal(await part.completion.complete(claim, identified('anna')), 'IDENTIFIED')
  assert.equal((await part.database.rows('SELECT id FROM faces')).length, 1)
  assert.equal(await part.photoStore.claim(id), undefined)
})

test('a renewed lease begins anew', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  await part.set(id, 'due_at = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND')
  assert.equal(await part.photoStore.renew(claim), true)
  const { due } = await part.row(id)
  assert(due && due > 28)
})

test('a released photo is due at once and has not spent an attempt', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  assert.equal(await part.photoStore.release(claim), true)
  const row = await part.row(id)
  assert.deepEqual([row.status, row.attempts, row.token], [0, 0, null])
  assert(row.due !== null && row.due <= 0 && row.wake !== null && row.wake <= 0)
  assert.equal((await part.photoStore.claim(id))?.attempts, 1)
})

test('a photo that the face service never saw is due later, says why, and has not spent an attempt', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  assert.equal(await part.photoStore.release(claim, { error: new Error('nobody listens'), delayMs: 4000 }), true)
  const row = await part.row(id)
  assert.deepEqual([row.status, row.attempts, row.token, row.last_error], [0, 0, null, 'nobody listens'])
  assert(row.due && row.due > 3 && row.due <= 4)
  assert.equal(row.wake, row.due)
})

test('after a fault the photo is pending, due later, and says why', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  assert.equal(
    await part.photoStore.fail(claim, new Error(`UNAVAILABLE ${'x'.repeat(499)}${'👩'.repeat(500)}`), 4000),
    'due',
  )
  const row = await part.row(id)
  assert.deepEqual([row.status, row.outcome, row.token, row.attempts], [0, null, null, 1])
  assert.equal(row.last_error, `UNAVAILABLE ${'x'.repeat(499)}👩`)
  assert(row.due && row.due > 3 && row.due <= 4)
  assert.equal(row.wake, row.due)
})

test('the fifth fault exhausts the photo', async () => {
  await using part = await stores()
  const id = await part.add('x.jpg')
  const results = []
  for (let attempt = 1; attempt <= 5; attempt++) {
    const claim = await part.photoStore.claim(id)
    assert.equal(claim?.attempts, attempt)
    results.push(await part.photoStore.fail(claim, new Error('down'), 0))
  }
  assert.deepEqual(results, ['due', 'due', 'due', 'due', 'exhausted'])
  const row = await part.row(id)
  assert.deepEqual([row.status, row.outcome, row.due, row.wake], [2, 'EXHAUSTED', null, null])
  assert(row.finished_at)
  assert.equal(await part.photoStore.claim(id), undefined)
})
