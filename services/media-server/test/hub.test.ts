import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Presentation } from '../src/cmaf/presentation.ts'
import type { Sink } from '../src/hub/request.ts'
import { StreamRefusedError } from '../src/hub/stream-refused-error.ts'
import type { FakeClock } from './support/fake-clock.ts'
import { aacConfig, aacFrame, audio, avcConfig, avcFrame, avcKey, video } from './support/frames.ts'
import { programme } from './support/programme.ts'
import { NAME, TestHub } from './support/test-hub.ts'

const refused = (reason: RegExp) => (error: unknown) =>
  error instanceof StreamRefusedError && error.code === 'TAKEN' && reason.test(error.message)

describe('a name that is taken', () => {
  test('is not free while its publisher sends, is free for anybody after two silent seconds, and never alternates', async () => {
    const hub = new TestHub()
    const first = await hub.on()
    hub.clock.advance(1999)
    first.write(video(0, avcKey()))
    await assert.rejects(hub.on(undefined, 'two'), refused(/already/))
    hub.clock.advance(2000)
    const second = await hub.on(undefined, 'two')
    assert.deepEqual(hub.closed, ['one: Another connection publishes this stream now.'])
    for (let round = 0; round < 100; round++) {
      hub.clock.advance(1000)
      second.write(video(0, avcKey()))
      await assert.rejects(hub.on(undefined, 'one'), refused(/already/))
    }
    assert.equal(hub.closed.length, 1)
  })

  test('of two who come in the same moment one gets it', async () => {
    const hub = new TestHub()
    const results = await Promise.allSettled([hub.on(undefined, 'one'), hub.on(undefined, 'two')])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })

  test('is taken over by the same token, at most once in ten seconds', async () => {
    const hub = new TestHub()
    await hub.on('ann', 'one')
    const second = await hub.on('ann', 'two')
    assert.equal(hub.closed.length, 1)
    second.write(video(0, avcKey()))
    await assert.rejects(hub.on('ann', 'one'), refused(/ten seconds/))
    for (let round = 0; round < 10; round++) {
      hub.clock.advance(1000)
      second.write(video(0, avcKey()))
    }
    await hub.on('ann', 'one')
    assert.deepEqual(
      hub.closed.map((line) => line.slice(0, 3)),
      ['one', 'two'],
    )
  })

  test('is not for a stranger, not even while its viewers wait, until it has ended', async () => {
    const hub = new TestHub()
    const first = await hub.on('ann')
    hub.clock.advance(5000)
    await assert.rejects(hub.on('bob'), refused(/another publisher/))
    first.end()
    await assert.rejects(hub.on('bob'), refused(/another publisher/))
    hub.clock.advance(15_000)
    await hub.on('bob')
  })

  test('may be taken by anybody with policy take, once in ten seconds, and by nobody with refuse', async () => {
    const taking = new TestHub({ policy: 'take' })
    await taking.on('ann')
    await taking.on('bob')
    await assert.rejects(taking.on('ann'), refused(/ten seconds/))
    const refusing = new TestHub({ policy: 'refuse' })
    await refusing.on('ann')
    refusing.clock.advance(5000)
    await assert.rejects(refusing.on('ann'), refused(/already/))
  })

  test('does not get what the replaced publisher still sends, and does not end when that one leaves', async () => {
    const hub = new TestHub()
    const first = await hub.on('ann', 'one')
    await hub.on('ann', 'two')
    const viewer = await hub.watch()
    first.write(audio(0, aacFrame()))
    first.end()
    hub.clock.advance(0)
    assert.deepEqual(viewer.tags, [])
    assert.equal(hub.list()[0]?.onAir, true)
  })
})

describe('a publisher', () => {
  test('that sends nothing for ten seconds is closed, its viewers wait, and then end', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    const viewer = await hub.watch()
    hub.clock.advance(9999)
    sink.write(audio(0, aacFrame()))
    hub.clock.advance(9999)
    assert.deepEqual(hub.closed, [])
    hub.clock.advance(1)
    assert.deepEqual(hub.closed, ['one: Nothing came for 10 seconds.'])
    hub.clock.advance(14_999)
    assert.equal(viewer.isEnded, false)
    hub.clock.advance(1)
    assert.equal(viewer.isEnded, true)
    assert.deepEqual(hub.list(), [])
  })

  test('that returns while its viewers wait goes on for them from its key frame, and time goes on', async () => {
    const hub = new TestHub()
    const before = await hub.on()
    before.write(video(0, avcConfig()))
    before.write(video(7000, avcKey()))
    const viewer = await hub.watch()
    before.write(video(7040, avcFrame()))
    before.end()
    hub.clock.advance(14_000)
    const after = await hub.on()
    for (const message of [video(0, avcConfig(9)), video(500, avcKey(200)), video(540, avcFrame())])
      after.write(message)
    hub.clock.advance(20_000)
    assert.deepEqual(
      viewer.tags.map(([, timestamp, size]) => [timestamp, size]),
      [
        [0, avcConfig().length],
        [0, avcKey().length],
        [40, avcFrame().length],
        [80, avcConfig(9).length],
        [80, avcKey(200).length],
        [120, avcFrame().length],
      ],
    )
  })

  test('whose configuration is not that of before leaves no old one to later viewers', async () => {
    const hub = new TestHub()
    const before = await hub.on()
    for (const message of [video(0, avcConfig()), audio(0, aacConfig()), video(0, avcKey())]) before.write(message)
    before.end()
    const after = await hub.on()
    for (const message of [video(0, avcConfig(9)), video(0, avcKey())]) after.write(message)
    const viewer = await hub.watch()
    assert.deepEqual(
      viewer.tags.map(([type, , size]) => [type, size]),
      [
        [9, avcConfig(9).length],
        [9, avcKey().length],
      ],
    )
    const flags = viewer.writes[0]?.[4]
    assert.equal(flags, 1)
  })
})

describe('a viewer', () => {
  test('of a stream that has not sent yet gets its first key frame; what it cannot decode before is left out', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    const viewer = await hub.watch()
    for (const message of [video(0, avcConfig()), audio(0, aacConfig())]) sink.write(message)
    hub.clock.advance(0)
    for (const message of [video(0, avcFrame()), audio(5, aacFrame())]) sink.write(message)
    hub.clock.advance(0)
    assert.deepEqual(viewer.writes, [])
    for (const message of [video(40, avcFrame()), video(80, avcKey()), audio(85, aacFrame())]) sink.write(message)
    hub.clock.advance(0)
    assert.deepEqual(
      viewer.tags.map(([type, timestamp]) => [type, timestamp]),
      [
        [9, 80],
        [8, 80],
        [9, 80],
        [8, 85],
      ],
    )
    assert.equal(viewer.writes[0]?.[4], 5)
  })

  test('of a stream without video begins at once', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    sink.write(audio(0, aacConfig()))
    sink.write(audio(100, aacFrame()))
    const viewer = await hub.watch()
    sink.write(audio(120, aacFrame(30)))
    hub.clock.advance(0)
    assert.deepEqual(viewer.tags, [
      [8, 20, 4],
      [8, 20, 32],
    ])
  })

  test('gets one write for all messages of a turn, and of BATCH_MS', async () => {
    for (const batchMs of [0, 50]) {
      const hub = new TestHub({ batchMs })
      const sink = await hub.on()
      const viewers = [await hub.watch(), await hub.watch()]
      let messages = 0
      for (let ms = 0; ms < 1000; ms += 20) {
        sink.write(video(ms, avcKey()))
        sink.write(audio(ms, aacFrame()))
        messages += 2
        hub.clock.advance(20)
      }
      hub.clock.advance(100)
      for (const viewer of viewers) {
        assert.equal(viewer.tags.length, messages)
        assert.ok(viewer.writes.length <= (batchMs === 0 ? messages + 1 : 20), `${viewer.writes.length} writes`)
      }
      // The very same bytes: nothing is copied for each viewer.
      const [one, other] = viewers.map(({ writes }) => writes.at(-1))
      assert.equal(one, other)
    }
  })

  test('who begins in the midst of a batch gets every message once', async () => {
    const hub = new TestHub({ batchMs: 50 })
    const sink = await hub.on()
    const early = await hub.watch()
    sink.write(video(0, avcKey()))
    hub.clock.advance(50)
    sink.write(video(40, avcFrame()))
    const late = await hub.watch()
    sink.write(video(80, avcFrame()))
    hub.clock.advance(50)
    assert.deepEqual(late.tags, early.tags)
    assert.equal(late.tags.length, 3)
  })

  test('who stalls is dropped to the next key frame after catching up, with all that a decoder needs', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    sink.write(video(0, avcConfig()))
    sink.write(video(0, avcKey()))
    const viewer = await hub.watch()
    viewer.isStalled = true
    // 500 kB in a second.
    for (let frame = 1; frame < 150; frame++) {
      sink.write(video(frame * 40, avcFrame(20_000)))
      hub.clock.advance(40)
    }
    assert.ok(viewer.writableLength > 0.9e6 && viewer.writableLength < 1.1e6, `${viewer.writableLength}`)
    viewer.catchUp()
    const count = viewer.tags.length
    sink.write(video(6000, avcFrame()))
    hub.clock.advance(40)
    assert.equal(viewer.tags.length, count)
    sink.write(video(6040, avcKey()))
    sink.write(video(6080, avcFrame()))
    hub.clock.advance(40)
    assert.deepEqual(
      viewer.tags.slice(count).map(([, timestamp, size]) => [timestamp, size]),
      [
        [6040, avcConfig().length],
        [6040, avcKey().length],
        [6080, avcFrame().length],
      ],
    )
  })

  test('who stalls for twenty seconds is cut off, and one beside it misses nothing', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    const [stalled, well] = [await hub.watch(), await hub.watch()]
    stalled.isStalled = true
    let frames = 0
    while (!stalled.isDestroyed) {
      sink.write(video(frames * 1000, avcKey(200_000)))
      frames++
      hub.clock.advance(1000)
    }
    assert.ok(frames > 21 && frames < 26, `${frames}`)
    assert.equal(well.tags.length, frames)
    assert.ok(stalled.writableLength < 700_000)
  })

  test('may begin with a group of pictures that is larger than what others may be behind', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    sink.write(video(0, avcConfig()))
    sink.write(video(0, avcKey(3_000_000)))
    hub.clock.advance(10_000 - 1)
    sink.write(video(9000, avcFrame()))
    const viewer = await hub.watch()
    viewer.writableLength = 3_000_000
    sink.write(video(9040, avcFrame()))
    hub.clock.advance(40)
    assert.deepEqual(viewer.tags.at(-1), [9, 9040, avcFrame().length])
  })

  test('is not dropped for a key frame that is more than comes in two seconds', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    const viewer = await hub.watch()
    viewer.isStalled = true
    sink.write(video(0, avcKey(1_000_000)))
    hub.clock.advance(9000)
    sink.write(video(9000, avcFrame()))
    hub.clock.advance(40)
    assert.equal(viewer.tags.length, 2)
  })

  test('is counted while it is there', async () => {
    const hub = new TestHub()
    await hub.on()
    const viewer = await hub.watch()
    assert.equal(hub.viewers, 1)
    viewer.leave()
    viewer.leave()
    assert.equal(hub.viewers, 0)
  })
})

describe('a group of pictures', () => {
  test('is not kept once it is too large, and from the next key frame on it is', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    sink.write(video(0, avcKey()))
    for (let frame = 0; frame < 3; frame++) sink.write(video(40, avcFrame(6_000_000)))
    assert.deepEqual((await hub.watch()).writes, [])
    sink.write(video(80, avcKey()))
    hub.clock.advance(0)
    assert.equal((await hub.watch()).tags.length, 1)
  })

  test('is framed once for all who begin with it', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    for (let frame = 0; frame < 100; frame++) sink.write(video(frame, frame === 0 ? avcKey() : avcFrame()))
    for (let viewer = 0; viewer < 40; viewer++) {
      assert.equal((await hub.watch()).tags.length, 100 + viewer)
      sink.write(video(100 + viewer, avcFrame()))
      hub.clock.advance(0)
    }
  })
})

describe('a presentation', () => {
  const request = { name: NAME, protocol: 'http-flv', client: 'x' } as const
  const send = (sink: Sink, clock: FakeClock, seconds: number) => {
    let last = 0
    for (const message of programme({ seconds, pictures: {}, sound: {} })) {
      clock.advance(message.timestamp - last)
      last = message.timestamp
      sink.write(message)
    }
  }
  const numbers = (presentation: Presentation) =>
    presentation.tracks.get('video')?.window.segments.map(({ number }) => number) ?? []

  test('has the segments of a stream while its publisher sends, and while its viewers wait', async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    const presentation = await hub.present(request)
    send(sink, hub.clock, 3)
    assert.equal(numbers(presentation).length, 3)
    sink.end()
    assert.equal(presentation.tracks.get('video')?.window.last?.isClosed, true)
    hub.clock.advance(14_999)
    assert.equal(presentation.hasEnded, false)
    hub.clock.advance(1)
    assert.equal(presentation.hasEnded, true)
  })

  test('outlives its stream by one window', async () => {
    const hub = new TestHub({ graceMs: 0 })
    send(await hub.on(), hub.clock, 3)
    const presentation = await hub.present(request)
    hub.kick(NAME)
    assert.equal(await hub.present(request), presentation)
    await assert.rejects(hub.find(request), { code: 'ABSENT' })
    hub.clock.advance(19_999)
    assert.equal(await hub.present(request), presentation)
    hub.clock.advance(1)
    await assert.rejects(hub.present(request), { code: 'ABSENT' })
  })

  test('of a name that somebody publishes again in this time goes on with the next number, in a new period', async () => {
    const hub = new TestHub({ graceMs: 0 })
    send(await hub.on(), hub.clock, 2)
    const presentation = await hub.present(request)
    hub.kick(NAME)
    hub.clock.advance(19_000)
    const sink = await hub.on()
    // At once: who reads a playlist that has ended plays all of it, and asks for no other.
    assert.equal(presentation.hasEnded, false)
    hub.clock.advance(5000)
    send(sink, hub.clock, 2)
    assert.equal(await hub.present(request), presentation)
    const [first] = numbers(presentation) as [number]
    assert.deepEqual(numbers(presentation), [first, first + 1, first + 2, first + 3])
    const periods = presentation.tracks.get('video')?.window.segments.map(({ period }) => period) ?? []
    const period = first % 65_536
    assert.deepEqual(periods, [period, period, period + 1, period + 1])
  })

  test('of a name that starts anew later has no number that was there before', async () => {
    const hub = new TestHub({ graceMs: 0 })
    send(await hub.on(), hub.clock, 30)
    const before = await hub.present(request)
    hub.kick(NAME)
    hub.clock.advance(20_000)
    const sink = await hub.on()
    send(sink, hub.clock, 2)
    const after = await hub.present(request)
    assert.notEqual(after, before)
    assert.ok((numbers(after)[0] as number) > (numbers(before).at(-1) as number))
  })
})

test('a message of no bytes, or cut off after its first, harms nobody', async () => {
  const hub = new TestHub()
  const sink = await hub.on()
  const viewer = await hub.watch()
  for (let first = 0; first < 256; first++)
    for (const bytes of [0, 1, 2, 3, 4, 5, 6, 8])
      for (const type of [8, 9, 18] as const) {
        const payload = Buffer.alloc(bytes, first)
        sink.write({ type, timestamp: 0, payload })
      }
  hub.clock.advance(0)
  assert.ok(viewer.tags.every(([, , size]) => size > 0))
})

test('a stream that an operator ends is over for its publisher and its viewers', async () => {
  const hub = new TestHub()
  await hub.on()
  const viewer = await hub.watch()
  assert.equal(hub.kick(NAME), true)
  assert.deepEqual([viewer.isEnded, hub.closed.length, hub.get(NAME), hub.kick(NAME)], [true, 1, undefined, false])
})

test('the age of the last key frame is that of streams with pictures while they are published here', async () => {
  const hub = new TestHub()
  const sink = await hub.on()
  const age = () => hub.at(NAME)?.keyFrameAgeMs
  sink.write(audio(0, aacConfig()))
  hub.clock.advance(3000)
  assert.equal(age(), 0)
  sink.write(video(0, avcConfig()))
  assert.equal(age(), 3000)
  sink.write(video(0, avcKey()))
  hub.clock.advance(2000)
  sink.write(video(2000, avcFrame()))
  assert.equal(age(), 2000)
  sink.end()
  assert.equal(age(), 0)
})

test('a hub that is closed ends everything and takes nothing', async () => {
  const hub = new TestHub()
  const sink = await hub.on()
  const viewer = await hub.watch()
  hub.close()
  sink.end()
  assert.deepEqual([viewer.isEnded, hub.list()], [true, []])
  await assert.rejects(hub.on(), { code: 'STOPPING' })
})
