import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { Broker } from '@livepods/nsq'
import { Consumer, Publisher } from '@livepods/queue'
import { eventually } from '@livepods/testing'
import { Redispatcher, type RedispatcherOptions } from '../src/redispatcher.ts'
import { log, stores } from './support/images.ts'

async function redispatching(options: Partial<RedispatcherOptions> = {}) {
  const stack = new AsyncDisposableStack()
  const part = stack.use(await stores())
  const broker = stack.use(await Broker.start({ host: '127.0.0.1' }))
  const publisher = stack.use(new Publisher({ address: `http://${broker.httpAddress}`, deadlineMs: 300 }))
  const redispatcher = stack.use(
    new Redispatcher({
      due: part.due,
      publisher,
      maxAttempts: 5,
      everyMs: 20,
      isPaused: () => false,
      depth: async () => 0,
      belowDepth: 10_000,
      log,
      ...options,
    }),
  )
  const addMany = (count: number) =>
    part.database.change('INSERT INTO images (path) VALUES ?', [Array.from({ length: count }, (_, i) => [`${i}.jpg`])])
  const published = () => broker.stats({ topic: IMAGE_TOPIC }).topics[0]?.message_count ?? 0
  return { ...part, broker, redispatcher, addMany, published, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a row that nobody announced reaches the consumers', async () => {
  await using part = await redispatching()
  const id = await part.add('x.jpg')
  const got: string[] = []
  const handle = async (body: Buffer) => void got.push(decodeImageId(body))
  const lookup = [part.broker.lookupHttpAddress]
  await using consumer = new Consumer({
    lookup,
    topic: IMAGE_TOPIC,
    channel: 'ch',
    concurrency: 1,
    lookupEveryMs: 50,
    handle,
    log,
  })
  consumer.start()
  part.redispatcher.start()
  await eventually(() => assert.deepEqual(got, [id]))
})

test('a backlog is published in one run, each id once', async () => {
  await using part = await redispatching()
  await part.addMany(450)
  part.redispatcher.runNow()
  await eventually(() => assert.equal(part.published(), 450))
  part.redispatcher.runNow()
  assert.deepEqual((await part.due.takeDue(5)).due, [])
})

test('two redispatchers at once publish each id once', async () => {
  await using part = await redispatching()
  await using publisher = new Publisher({ address: `http://${part.broker.httpAddress}` })
  const { due } = part
  const depth = async () => 0
  const options = { due, publisher, maxAttempts: 5, everyMs: 20, isPaused: () => false, depth, belowDepth: 10_000, log }
  await using other = new Redispatcher(options)
  await part.addMany(700)
  part.redispatcher.start()
  other.start()
  await eventually(() => assert.equal(part.published(), 700))
})

test('nothing is published while paused', async () => {
  let paused = true
  await using part = await redispatching({ isPaused: () => paused })
  await part.add('x.jpg')
  part.redispatcher.start()
  part.redispatcher.runNow()
  assert.equal((await part.due.pending()).images, 1)
  const [row] = await part.database.rows<{ due: number | string }>(
    'SELECT wake_at <= UTC_TIMESTAMP(3) AS due FROM images',
  )
  assert.equal(Number(row?.due), 1)
  paused = false
  await eventually(() => assert.equal(part.published(), 1))
})

test('a deep queue gets no more than one batch a run', async () => {
  await using part = await redispatching({ depth: async () => 10_000, everyMs: 60_000 })
  await part.addMany(500)
  part.redispatcher.runNow()
  await eventually(() => assert.equal(part.published(), 200))
})

test('a queue that is away costs no waiting: everything is published as soon as it is back', async () => {
  await using part = await redispatching()
  await part.addMany(10)
  await part.database.change('UPDATE images SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR')
  part.broker.faults.stall = true
  part.redispatcher.start()
  const rested = performance.now()
  await eventually(() => assert(performance.now() - rested > 700))
  part.broker.faults.stall = false
  // Their next time by themselves would be in 10 minutes.
  await eventually(() => assert(part.published() >= 10))
})

test('a photo whose worker vanished at its last attempt is ended, not published', async () => {
  await using part = await redispatching()
  const id = await part.add('x.jpg')
  await part.set(id, 'attempts = 5, status = 3')
  part.redispatcher.start()
  await eventually(async () => assert.equal((await part.row(id)).outcome, 'EXHAUSTED'))
  assert.equal(part.published(), 0)
})
