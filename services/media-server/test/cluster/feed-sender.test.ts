import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { FeedSender } from '../../src/cluster/feed-sender.ts'
import { type FeedRecord, RecordReader } from '../../src/cluster/records.ts'
import { Hub } from '../../src/hub/hub.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { avcConfig, avcFrame, avcKey, video } from '../support/frames.ts'
import { SEGMENTS } from '../support/segments.ts'

const MIB = 1024 * 1024
const claim = { counter: 1, id: 'a' }
const request = { name: 'live/key', held: [] }

const turn = async () => await new Promise((resolve) => setImmediate(resolve))

/** A follower that reads, or does not. */
class TestFollower extends Duplex {
  readonly records: FeedRecord[] = []
  readonly #reader = new RecordReader(16 * MIB)
  readonly #isStalled: boolean

  constructor(isStalled = false) {
    super()
    this.#isStalled = isStalled
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.#isStalled) return
    this.records.push(...this.#reader.read(bytes))
    done()
  }

  override _read(): void {}
}

async function onAir() {
  const hub = new Hub({
    log: createLog('test', 'silent'),
    policy: 'own',
    batchMs: 0,
    graceMs: 1000,
    ...SEGMENTS,
    clock: new FakeClock(),
  })
  const sink = await hub.publish({ name: 'live/key', protocol: 'rtmp', client: 'x', close: () => {} })
  const stream = hub.at('live/key')
  if (!stream) throw new Error('It is not on air.')
  return { hub, sink, stream }
}

test('a follower gets what there is, then what comes, in its order', async () => {
  const { sink, stream } = await onAir()
  for (const message of [video(0, avcConfig()), video(0, avcKey())]) sink.write(message)
  const follower = new TestFollower()
  new FeedSender(follower as unknown as Socket, stream, { claim, request })
  sink.write(video(40, avcFrame()))
  await turn()
  assert.deepEqual(
    follower.records.map(({ type }) => type),
    ['stream', 'period', 'join', 'join', 'live', 'media'],
  )
  follower.destroy()
})

test('a follower is told of the next publisher', async () => {
  const { hub, sink, stream } = await onAir()
  const follower = new TestFollower()
  const sender = new FeedSender(follower as unknown as Socket, stream, { claim, request })
  sink.end()
  await hub.publish({ name: 'live/key', protocol: 'http-flv', client: 'y', close: () => {} })
  sender.begin({ counter: 2, id: 'a' })
  await turn()
  const told = follower.records.filter((record) => record.type === 'stream')
  assert.deepEqual(
    told.map((record) => [record.claim?.counter, record.publisher.protocol]),
    [
      [1, 'rtmp'],
      [2, 'http-flv'],
    ],
  )
  follower.destroy()
})

test('a follower that is 8 MiB behind is cut off; what it is sent to begin with does not count', async () => {
  const { sink, stream } = await onAir()
  sink.write(video(0, avcConfig()))
  sink.write(video(0, avcKey(7 * MIB)))
  sink.write(video(40, avcFrame(7 * MIB)))
  const stalled = new TestFollower(true)
  const reading = new TestFollower()
  for (const follower of [stalled, reading]) new FeedSender(follower as unknown as Socket, stream, { claim, request })
  const closed = once(stalled, 'close')
  const send = async (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      sink.write(video(80, avcFrame(MIB)))
      await turn()
    }
  }
  await send(7)
  assert.equal(stalled.destroyed, false)
  await send(4)
  await closed
  assert.equal(reading.destroyed, false)
  reading.destroy()
})
