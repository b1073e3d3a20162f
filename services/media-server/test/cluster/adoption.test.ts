import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { heldOf, windowRecords } from '../../src/cluster/window-records.ts'
import type { PresentationRecord } from '../../src/cmaf/presentation.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { Message } from '../../src/hub/message.ts'
import type { Sink } from '../../src/hub/request.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { programme } from '../support/programme.ts'
import { SEGMENTS } from '../support/segments.ts'

const NAME = 'live/key'
const publisher = { owner: undefined, protocol: 'rtmp', client: '::1' } as const

/** What one replica has, with a clock of its own. */
class Replica extends Hub {
  readonly clock: FakeClock

  constructor(aheadMs = 0) {
    const clock = new FakeClock()
    clock.advance(100_000 + aheadMs)
    super({ log: createLog('test', 'silent'), policy: 'own', batchMs: 0, graceMs: 15_000, ...SEGMENTS, clock })
    this.clock = clock
  }

  async on(): Promise<Sink> {
    return await this.publish({ name: NAME, protocol: 'rtmp', client: 'x', close: () => {} })
  }

  /** Sends messages as their time passes. */
  send(sink: Sink, messages: Iterable<Message>): void {
    let last: number | undefined
    for (const message of messages) {
      this.clock.advance(message.timestamp - (last ?? message.timestamp))
      last = message.timestamp
      sink.write(message)
    }
  }

  numbers(kind: 'video' | 'audio'): number[] {
    return this.segments(kind).map(({ number }) => number)
  }

  segments(kind: 'video' | 'audio') {
    return this.presentationOf(NAME)?.tracks.get(kind)?.window.segments ?? []
  }
}

const show = (seconds: number) => programme({ seconds, pictures: {}, sound: {} })

/** Gives a replica what another one has, as far as `isSent` says. */
function follow(from: Replica, to: Replica, isSent: (record: PresentationRecord) => boolean = () => true) {
  const presentation = from.presentationOf(NAME)
  if (!presentation) throw new Error('Nothing is there.')
  const { follower } = to.follow(NAME, { bornAt: presentation.bornAt, publisher }, { isResumed: false })
  const here = to.presentationOf(NAME)
  for (const record of windowRecords(presentation, here ? heldOf(here) : [])) if (isSent(record)) follower.apply(record)
  return follower
}

const consecutive = (numbers: number[]) => numbers.every((number, index) => number === (numbers[0] ?? 0) + index)

for (const [title, aheadMs] of [
  ['the same', 0],
  ['five seconds behind', -5000],
  ['five seconds ahead', 5000],
] as const)
  test(`who takes over with a clock that is ${title} goes on with the next numbers, in segments that are no longer`, async () => {
    const owner = new Replica()
    owner.send(await owner.on(), show(4.5))
    const next = new Replica(aheadMs + 4500)
    follow(owner, next).end()
    const before = next.numbers('video')
    next.send(await next.on(), show(5))
    for (const kind of ['video', 'audio'] as const) {
      const numbers = next.numbers(kind)
      assert.deepEqual(numbers.slice(0, before.length), before)
      assert.ok(numbers.length >= before.length + 4 && consecutive(numbers), String(numbers))
      const segments = next.segments(kind)
      assert.ok(segments.every(({ duration }) => duration < 1.5))
      for (const [index, segment] of segments.entries()) {
        const earlier = segments[index - 1]
        if (earlier) assert.ok(segment.startsAt >= earlier.startsAt + earlier.duration * 1000 - 60)
      }
    }
    assert.equal(new Set(next.segments('video').map(({ period }) => period)).size, 2)
  })

test('a track that the owner left one segment behind has no gap, and the same numbers again after a segment', async () => {
  for (const behind of ['audio', 'video'] as const) {
    const owner = new Replica()
    owner.send(await owner.on(), show(4.5))
    const next = new Replica(4500)
    const newest = owner.numbers(behind).at(-1)
    let isLost = false
    follow(owner, next, (record) => {
      if ('kind' in record && record.kind === behind && record.type === 'open') isLost = record.head.number === newest
      return !isLost || !('kind' in record) || record.kind !== behind
    }).end()
    assert.equal(next.numbers(behind).at(-1), (newest as number) - 1)
    next.send(await next.on(), show(4))
    for (const kind of ['video', 'audio'] as const) {
      assert.ok(consecutive(next.numbers(kind)), kind)
      assert.deepEqual(next.numbers(kind)[0], owner.numbers(kind)[0])
    }
    assert.equal(next.numbers('video').at(-1), next.numbers('audio').at(-1))
  }
})

test('where only the numbers are known they are not given again', async () => {
  const owner = new Replica()
  owner.send(await owner.on(), show(4.5))
  const { position, bornAt } = owner.presentationOf(NAME) ?? {}
  assert.ok(position && bornAt)
  const next = new Replica(-20_000)
  next.adopt(NAME, { bornAt, publisher }).presentation.startAfter(position)
  next.send(await next.on(), show(3))
  assert.equal(next.numbers('video')[0], position.number + 1)
  assert.equal(next.presentationOf(NAME)?.bornAt, bornAt)
  assert.ok(next.segments('video').every(({ period }) => period === position.period + 1))
})
