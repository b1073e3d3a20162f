import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { type Queue, WakeUps } from '../src/wake-ups.ts'

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
  await new WakeUps(queue, logged().log).wake(['258'])
  assert.deepEqual(sent, [[Buffer.from([2, 1, 0, 0, 0, 0, 0, 0])]])
})

test('ids that come together share one publish', async () => {
  const { queue, sent } = fakeQueue()
  const wakeUps = new WakeUps(queue, logged().log)
  await Promise.all([wakeUps.wake(['1']), wakeUps.wake(['2', '3']), wakeUps.wake(['4'])])
  assert.deepEqual(
    sent.map((bodies) => bodies.length),
    [4],
  )
})

test('a queue that is away fails nobody and is logged once, and once when it is back', async () => {
  let away = true
  const { queue } = fakeQueue(() => away)
  const { log, lines } = logged()
  const wakeUps = new WakeUps(queue, log)
  for (const id of ['1', '2', '3']) await wakeUps.wake([id])
  assert.deepEqual(wakeUps.report(), { waiting: 0, failing: true })
  away = false
  await wakeUps.wake(['4'])
  assert.deepEqual(wakeUps.report(), { waiting: 0, failing: false })
  assert.equal(lines.length, 2)
})

test('ids beyond the room are dropped: the sweeper publishes them', async () => {
  const { queue, sent } = fakeQueue()
  const wakeUps = new WakeUps(queue, logged().log, { size: 10, room: 1 })
  await wakeUps.wake(['1', '2', '3', '4'])
  assert.deepEqual(
    sent.map((bodies) => bodies.map((body) => body[0])),
    [[1]],
  )
})

test('disposing publishes what waits', async () => {
  const { queue, sent } = fakeQueue()
  const wakeUps = new WakeUps(queue, logged().log)
  void wakeUps.wake(['1', '2'])
  await wakeUps[Symbol.asyncDispose]()
  assert.equal(sent.flat().length, 2)
})
