import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError, status } from '@livepods/grpc'
import { answerOf, facesServer } from './support/faces-server.ts'
import { running, soon, statusOf } from './support/running.ts'

test('photos that the face service is too busy for hold up no other, pay no attempt, and come to their turn', async () => {
  await using part = await running()
  let isBusy = true
  let refused = 0
  await using server = await facesServer(async ({ path }) => {
    if (isBusy && path?.startsWith('costly')) {
      refused++
      throw new RpcError(status.RESOURCE_EXHAUSTED, 'Come back in a few seconds.', { reason: 'busy' })
    }
    return answerOf('hannibal')
  })
  const service = await part.start(server.address, { CONCURRENCY: '2', BACKOFF_MAX_SECONDS: '0.1', MAX_ATTEMPTS: '2' })
  await service.ready()
  const costly = await Promise.all(Array.from({ length: 6 }, (_, i) => part.add(`costly${i}.png`)))
  // Each was refused more often than it may fail.
  await soon(() => assert.ok(refused > 30))
  const good = await part.add('good.jpg')
  await soon(async () => assert.equal((await part.row(good)).outcome, 'IDENTIFIED'))
  for (const id of costly) assert.equal((await part.row(id)).outcome, null)
  isBusy = false
  await soon(async () => {
    for (const id of costly) {
      const { outcome, attempts } = await part.row(id)
      assert.deepEqual([outcome, attempts], ['IDENTIFIED', 1])
    }
  })
  assert.deepEqual((await statusOf(service.ops)).parts.breaker.history, [])
})

test('photos that take too long are EXHAUSTED at the end, and the breaker stays closed while nothing else comes', async () => {
  await using part = await running()
  await using server = await facesServer(async () => {
    throw new RpcError(status.ABORTED, 'The picture could not be looked at in time; ask for it again soon.')
  })
  const service = await part.start(server.address, {
    BACKOFF_MAX_SECONDS: '0.1',
    MAX_ATTEMPTS: '3',
    BREAKER_FAILURES: '2',
  })
  await service.ready()
  const ids = await Promise.all(Array.from({ length: 4 }, (_, i) => part.add(`slow${i}.png`)))
  await soon(async () => {
    for (const id of ids) {
      const { outcome, attempts, last_error: error } = await part.row(id)
      assert.deepEqual([outcome, attempts], ['EXHAUSTED', 3])
      assert.match(error ?? '', /in time/)
    }
  })
  assert.deepEqual((await statusOf(service.ops)).parts.breaker.history, [])
})
