import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { RequeueError } from '../src/index.ts'
import { consuming } from './support/consuming.ts'

const texts = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`)

test('every message is handled once and finished', async () => {
  await using part = await consuming()
  const handled: string[] = []
  await part.publish(...texts(500))
  part.consume(async (body) => void handled.push(body.toString()))
  await eventually(() => assert.equal(handled.length, 500))
  await eventually(() => assert.equal(part.channel()?.in_flight_count, 0))
  assert.deepEqual(new Set(handled), new Set(texts(500)))
  assert.equal(part.channel()?.requeue_count, 0)
})

test('no more messages are handled at once than allowed, also when only one is', async () => {
  await using part = await consuming()
  let running = 0
  let most = 0
  let handled = 0
  const handle = async () => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running -= 1
    handled += 1
  }
  await part.publish(...texts(50))
  part.consume(handle, { concurrency: 1 })
  await eventually(() => assert.equal(handled, 50))
  assert.equal(most, 1)
})

test('a rejected message is requeued, after the time that RequeueError names', async () => {
  await using part = await consuming()
  const times: number[] = []
  await part.publish('x')
  part.consume(async (_, { attempts }) => {
    times.push(performance.now())
    if (attempts === 1) throw new RequeueError('The database is away.', { delayMs: 300 })
  })
  await eventually(() => assert.equal(times.length, 2))
  assert((times[1] ?? 0) - (times[0] ?? 0) >= 290)
  await eventually(() => assert.equal(part.channel()?.in_flight_count, 0))
})

test('a message that is always rejected is discarded, and the others go on meanwhile', async () => {
  await using part = await consuming()
  const handled: string[] = []
  await part.publish('poison', ...texts(20))
  const handle = async (body: Buffer) => {
    handled.push(body.toString())
    if (body.toString() === 'poison') throw new RequeueError('Never.', { delayMs: 10 })
  }
  part.consume(handle, { giveUpAt: 3 })
  await eventually(() => assert.equal(handled.filter((text) => text === 'poison').length, 3))
  await eventually(() => assert.equal(part.channel()?.in_flight_count, 0))
  await eventually(() => assert.equal(handled.length, 23))
  assert.equal(part.channel()?.depth, 0)
  assert.equal(part.channel()?.deferred_count, 0)
})

test('a handler that takes longer than the message time-out keeps its message', async () => {
  await using part = await consuming()
  const release = Promise.withResolvers<void>()
  const handle = mock.fn(() => release.promise)
  await part.publish('slow')
  part.consume(handle, { messageTimeoutMs: 5000 })
  await eventually(() => assert.equal(handle.mock.callCount(), 1))
  const taken = performance.now()
  await eventually(() => assert(performance.now() - taken > 6000))
  release.resolve()
  await eventually(() => assert.equal(part.channel()?.in_flight_count, 0))
  assert.equal(part.channel()?.timeout_count, 0)
  assert.equal(handle.mock.callCount(), 1)
})

test('stopping finishes what is being handled and returns the rest: no message is handled twice', async () => {
  await using part = await consuming()
  const handled: string[] = []
  const first = Promise.withResolvers<void>()
  await part.publish(...texts(200))
  const consumer = part.consume(async (body) => {
    await first.promise
    handled.push(body.toString())
  })
  await eventually(() => assert.equal(consumer.status.inFlight, 4))
  const stopped = consumer.stop()
  first.resolve()
  await stopped
  assert.equal(consumer.status.state, 'stopped')
  assert.equal(handled.length, 4)
  await eventually(() => assert.equal(part.channel()?.depth, 196))

  part.consume(async (body) => void handled.push(body.toString()))
  await eventually(() => assert.equal(handled.length, 200))
  assert.equal(new Set(handled).size, 200)
  assert.equal(part.channel()?.timeout_count, 0)
})

test('while paused nothing is taken; after resuming everything is', async () => {
  await using part = await consuming()
  let handled = 0
  const consumer = part.consume(async () => void handled++)
  await part.publish('first')
  await eventually(() => assert.equal(handled, 1))
  consumer.pause()
  await eventually(() => assert.equal(part.channel()?.clients[0]?.ready_count, 0))
  await part.publish(...texts(20))
  await eventually(() => assert.equal(part.channel()?.depth, 20))
  assert.equal(handled, 1)
  consumer.resume()
  await eventually(() => assert.equal(handled, 21))
})

test('the depth of the channel is what waits in it, before and after it was first consumed', async () => {
  await using part = await consuming()
  await part.publish(...texts(7))
  const consumer = part.consume(async () => {})
  consumer.pause()
  assert.equal(await consumer.depth(), 7)
  consumer.resume()
  await eventually(async () => assert.equal(await consumer.depth(), 0))
})
