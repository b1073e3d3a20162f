import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broker } from '@livepods/nsq'
import { PublishError, Publisher } from '../src/index.ts'

async function publishing({ deadlineMs = 2000 } = {}) {
  const stack = new AsyncDisposableStack()
  const broker = stack.use(await Broker.start({ host: '127.0.0.1' }))
  const publisher = stack.use(new Publisher({ address: `http://${broker.httpAddress}`, deadlineMs }))
  const depth = () => broker.stats({ topic: 'images' }).topics[0]?.depth
  return { broker, publisher, depth, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a published message is in the topic', async () => {
  await using part = await publishing()
  await part.publisher.publish('images', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))
  assert.equal(part.depth(), 1)
})

test('2 500 messages are published in few requests, and none of them twice', async () => {
  await using part = await publishing()
  await part.publisher.publishMany(
    'images',
    Array.from({ length: 2500 }, (_, i) => Buffer.from(`m${i}`)),
  )
  assert.equal(part.depth(), 2500)
  await part.publisher.publishMany('images', [])
  assert.equal(part.depth(), 2500)
})

test('a topic that is no name is refused before it can become another command', async () => {
  await using part = await publishing()
  for (const topic of ['', 'bad topic!', 'images\nPUB other', 'a'.repeat(65), 'images?topic=x', 'images#other']) {
    await assert.rejects(part.publisher.publish(topic, Buffer.from('x')), RangeError, topic)
  }
  await assert.rejects(part.publisher.publish('images', Buffer.alloc(0)), RangeError)
  await assert.rejects(part.publisher.publishMany('images', [Buffer.from('x'), Buffer.alloc(0)]), RangeError)
})

test('a refusal of nsqd is a PublishError that says what nsqd said', async () => {
  await using part = await publishing()
  const large = part.publisher.publish('images', Buffer.alloc(2 * 1024 * 1024))
  await assert.rejects(large, (error: PublishError) => {
    assert.match(error.message, /MSG_TOO_BIG/)
    assert.equal(error.indeterminate, false)
    return error instanceof PublishError
  })
})

test('a stalled nsqd ends a publish at its deadline, and nobody knows whether it was stored', async () => {
  await using part = await publishing({ deadlineMs: 200 })
  part.broker.faults.stall = true
  await assert.rejects(part.publisher.publish('images', Buffer.from('x')), {
    name: 'PublishError',
    indeterminate: true,
  })
  part.broker.faults.stall = false
  await part.publisher.publish('images', Buffer.from('y'))
})

test('an nsqd that is away rejects, and the next publish after its return succeeds', async () => {
  const first = await Broker.start({ host: '127.0.0.1' })
  const httpPort = Number(first.httpAddress.split(':')[1])
  await using publisher = new Publisher({ address: `http://${first.httpAddress}` })
  await publisher.publish('images', Buffer.from('x'))
  await first[Symbol.asyncDispose]()
  await assert.rejects(publisher.publish('images', Buffer.from('x')), PublishError)
  await assert.rejects(publisher.ping())
  await using second = await Broker.start({ host: '127.0.0.1', httpPort })
  await publisher.ping()
  await publisher.publish('images', Buffer.from('x'))
  assert.equal(second.stats({ topic: 'images' }).topics[0]?.depth, 1)
})
