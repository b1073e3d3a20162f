import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { encodeRecord, type FeedRecord, RecordReader } from '../../src/cluster/records.ts'
import { windowRecords } from '../../src/cluster/window-records.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { Follower } from '../../src/hub/stream.ts'
import { ProtocolError } from '../../src/protocol-error.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { LivePresentation } from '../support/presentation.ts'
import { programme } from '../support/programme.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { SEGMENTS } from '../support/segments.ts'
import { TestViewer } from '../support/viewer.ts'

const FRAMES = Number(process.env.FUZZ_FRAMES ?? 100_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)

const publisher = { owner: 'ann', protocol: 'rtmp', client: '::1' } as const
const first: FeedRecord = { type: 'stream', bornAt: 1e12, claim: { counter: 3, id: 'a' }, publisher }

function feed(): FeedRecord[] {
  const live = new LivePresentation()
  live.segments(2)
  live.open()
  live.part()
  const messages = [...programme({ seconds: 0.3, pictures: {}, sound: {} })]
  return [
    first,
    ...windowRecords(live.presentation, []),
    ...messages.map((message) => ({ type: 'join', message }) as const),
    { type: 'live' },
    { type: 'tick' },
    ...messages.map((message) => ({ type: 'media', message }) as const),
    { type: 'unsupported', kind: 'audio', codec: 'ac-3' },
    { type: 'end' },
  ]
}

test('records are the same after the network, in any pieces', () => {
  const records = feed()
  const bytes = Buffer.concat(records.map(encodeRecord))
  for (const size of [1, 7, 1000, bytes.length]) {
    const reader = new RecordReader(1e6)
    const read: FeedRecord[] = []
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.read(bytes.subarray(at, at + size)))
    assert.deepEqual(read, records)
  }
})

test('records and fields of later versions are left out', () => {
  const later = Buffer.from(JSON.stringify({ type: 'chapter', title: 'x' }))
  const more = Buffer.from(JSON.stringify({ type: 'close', kind: 'video', because: 1 }))
  const frame = (header: Buffer) => {
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32BE(header.length)
    return Buffer.concat([prefix, header])
  }
  const reader = new RecordReader(1e6)
  assert.deepEqual([...reader.read(Buffer.concat([frame(later), frame(more)]))], [{ type: 'close', kind: 'video' }])
})

test('a record that is larger than any can be is refused before its bytes come', () => {
  for (const [header, body] of [
    [10, 2 ** 32 - 1],
    [2 ** 32 - 1, 0],
  ] as const) {
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32BE(header)
    prefix.writeUInt32BE(body, 4)
    assert.throws(() => [...new RecordReader(1e6).read(prefix)], ProtocolError)
  }
})

test(`${FRAMES} records that are changed, cut or swapped end a feed, and nothing else`, () => {
  const random = randomNumbers(SEED)
  const records = feed().map(encodeRecord)
  const clock = new FakeClock()
  const hub = new Hub({
    log: createLog('test', 'silent'),
    policy: 'own',
    batchMs: 0,
    graceMs: 1000,
    ...SEGMENTS,
    clock,
  })
  const viewer = new TestViewer()
  let read = 0
  let refused = 0
  while (read < FRAMES) {
    const reader = new RecordReader(1e6)
    let follower: Follower | undefined
    try {
      for (const bytes of records) {
        read++
        for (const record of reader.read(mutate(bytes, random))) {
          if (record.type === 'stream') {
            const { bornAt } = record
            const stream = { bornAt: new Date(bornAt), publisher: record.publisher }
            follower = hub.follow('live/key', stream, { isResumed: false }).follower
            if (!viewer.isEnded) hub.at('live/key')?.add(viewer.subscriber)
          } else if (record.type === 'media') follower?.write(record.message)
          else if (record.type === 'join') follower?.join(record.message)
          else if (record.type !== 'live' && record.type !== 'tick') follower?.apply(record)
        }
      }
    } catch (error) {
      refused++
      assert.ok(isExpected(error), String((error as Error).stack))
    }
    follower?.end()
    clock.advance(100)
    hub.list()
  }
  assert.ok(refused > 100)
})

/** What does not fit what was there before ends a feed, too. */
function isExpected(error: unknown): boolean {
  return error instanceof ProtocolError || /before its init segment|no segment was open/.test(String(error))
}

function mutate(bytes: Buffer, random: (limit: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  switch (random(40)) {
    case 0:
      copy[random(copy.length)] = random(256)
      return copy
    case 1:
      return copy.subarray(0, random(copy.length))
    case 2:
      return Buffer.concat([copy, copy])
    case 3:
      return Buffer.alloc(0)
    case 4:
      return Buffer.from(copy.toString('latin1').replace(/\d/, String(random(10))), 'latin1')
    default:
      return copy
  }
}
