import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { Notifier, type Queue } from '../src/notifier.ts'

function logged() {
  const log = createLog('test', 'silent')
  const lines: string[] = []
  log.warn = ((_: unknown, message: string) => lines.push(message)) as never
  log.info = ((message: string) => lines.push(message)) as never
  return { log, lines }
}

function fakeQueue(fails = () => false) {
  const sent: Buffer[][] = []
  const take = async (topic: string, bodies: Buffer[]) => {
    assert.equal(topic, 'images')
    if (fails()) throw new Error('nsqd is away')
    sent.push(bodies)
  }
  const queue: Queue = { publish: (topic, body) => take(topic, [body]), publishMany: take }
  return { queue, sent }
}

test('an id is published as 8 bytes, little-endian', async () => {
  const { queue, sent } = fakeQueue()
  await new Notifier(queue, logged().log).notify(['258'])
  assert.deepEqual(sent, [[Buffer.from([2, 1, 0, 0, 0, 0, 0, 0])]])
})

test('ids that come together share one publish', async () => {
  const { queue, sent } = fakeQueue()
  const notifier = new Notifier(queue, logged().log)
  await Promise.all([notifier.notify(['1']), notifier.notify(['2', '3']), notifier.notify(['4'])])
  assert.deepEqual(
    sent.map((bodies) => bodies.length),
    [4],
  )
})

test('a queue that is unavailable rejects nothing; it is logged once, and once when it is back', async () => {
  let away = true
  const { queue } = fakeQueue(() => away)
  const { log, lines } = logged()
  const notifier = new Notifier(queue, log)
  for (const id of ['1', '2', '3']) await notifier.notify([id])
  assert.deepEqual(notifier.report(), { waiting: 0, failing: true })
  away = false
  await notifier.notify(['4'])
  assert.deepEqual(notifier.report(), { waiting: 0, failing: false })
  assert.equal(lines.length, 2)
})

test('ids beyond the limit are dropped: they are redispatched', async () => {
  const { queue, sent } = fakeQueue()
  const notifier = new Notifier(queue, logged().log, { size: 10, maxWaiting: 1 })
  await notifier.notify(['1', '2', '3', '4'])
  assert.deepEqual(
    sent.map((bodies) => bodies.map((body) => body[0])),
    [[1]],
  )
})

test('disposing publishes the ids that wait', async () => {
  const { queue, sent } = fakeQueue()
  const notifier = new Notifier(queue, logged().log)
  void notifier.notify(['1', '2'])
  await notifier[Symbol.asyncDispose]()
  assert.equal(sent.flat().length, 2)
})
