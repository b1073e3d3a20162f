import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TrackKind } from '../src/cmaf/presentation.ts'
import type { Segment } from '../src/cmaf/window.ts'
import { VIDEO } from '../src/hub/message.ts'
import { audio, video } from './support/frames.ts'
import { BEGINNING, Packaged } from './support/packaged.ts'
import { aac, avc, avcStart, OTHER_AVC_RECORD, programme } from './support/programme.ts'

const FIRST = BEGINNING / 1000
/** Of a name's periods: small, however late it is. */
const FIRST_PERIOD = FIRST % 65_536
const both = (seconds: number, from = 0) => programme({ from, seconds, pictures: {}, sound: {} })

const numbers = (segments: readonly Segment[]) => segments.map(({ number }) => number)
const periods = (segments: readonly Segment[]) => segments.map(({ period }) => period)
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)
const round = (value: number) => Math.round(value * 1000) / 1000
const durations = (segments: readonly Segment[]) => segments.map(({ duration }) => round(duration))

describe('numbers', () => {
  test('begin with the clock, are consecutive, and the same for pictures and sound, which are cut at the same place', () => {
    const packaged = new Packaged().publish().send(both(5)).leave()
    const [pictures, sound] = [packaged.segments('video'), packaged.segments('audio')]
    assert.deepEqual(numbers(pictures), range(FIRST, 5))
    assert.deepEqual(numbers(sound), range(FIRST, 5))
    for (const [index, { startsAt }] of pictures.entries()) {
      assert.equal(startsAt, BEGINNING + index * 1000)
      const later = (sound[index] as Segment).startsAt - startsAt
      assert.ok(later >= 0 && later < 22, `sound begins ${later} ms later`)
    }
  })

  test('are never ahead of the clock when a segment ends, whatever a publisher sends', () => {
    const often = programme({ seconds: 60, pictures: { keyEvery: 0.96 }, sound: {} })
    const soundOnly = programme({ seconds: 60, sound: { rate: 44_100 } })
    for (const messages of [often, soundOnly]) {
      const packaged = new Packaged({ window: { seconds: 100, bytes: 1e9 } }).publish().send(messages)
      const ends = packaged.closings.map(({ number, at }) => [number, at / 1000])
      assert.ok(ends.length > 50)
      assert.deepEqual(
        ends.filter(([number, at]) => (number as number) > (at as number)),
        [],
      )
      const kind = packaged.presentation.tracks.has('video') ? 'video' : 'audio'
      const all = numbers(packaged.segments(kind))
      assert.deepEqual(all, range(all[0] as number, all.length))
    }
  })

  test('wait for the clock when everything comes at once, and nothing is left out', () => {
    const packaged = new Packaged().publish().burst(both(9))
    assert.deepEqual(durations(packaged.segments('video')).slice(0, 1), [1])
    packaged.now += 1000
    packaged.send(both(3, 9)).leave()
    assert.deepEqual(durations(packaged.segments('video')), [1, 8, 1, 1, 1])
    assert.deepEqual(numbers(packaged.segments('audio')), range(FIRST, 5))
  })

  test('go on after those of the publisher before, in a period of their own', () => {
    const packaged = new Packaged().publish().send(both(2)).leave()
    packaged.now += 7000
    packaged.publish().send(both(2, 5000)).leave()
    for (const kind of ['video', 'audio'] as const) {
      assert.deepEqual(numbers(packaged.segments(kind)), range(FIRST, 4))
      assert.deepEqual(periods(packaged.segments(kind)), [
        FIRST_PERIOD,
        FIRST_PERIOD,
        FIRST_PERIOD + 1,
        FIRST_PERIOD + 1,
      ])
    }
    assert.deepEqual(
      packaged.segments('video').map(({ startsAt }) => startsAt - BEGINNING),
      [0, 1000, 9024, 10_024],
    )
  })

  test('are left out by no track when a publisher leaves before its sound has reached the last picture', () => {
    const packaged = new Packaged().publish()
    packaged.send(both(1.02)).leave()
    packaged.publish().send(both(2)).leave()
    assert.deepEqual(numbers(packaged.segments('audio')), numbers(packaged.segments('video')))
    assert.equal(packaged.segments('audio').length, 4)
  })
})

describe('parts', () => {
  for (const rate of [5, 10, 12.5, 15, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60])
    test(`of pictures at ${rate} a second keep the rules of LL-HLS`, () => {
      const { pictures } = packagedAt({ pictures: { rate, keyEvery: 2 } })
      checkParts(pictures, 1.3)
    })

  for (const [rate, frameSamples] of [
    [8000, 1024],
    [22_050, 1024],
    [44_100, 1024],
    [48_000, 1024],
    [48_000, 960],
    [96_000, 1024],
  ] as const)
    test(`of sound at ${rate} Hz in frames of ${frameSamples} keep them, too`, () => {
      const { sound } = packagedAt({
        sound: { rate, frameSamples, configuration: configurationOf(rate, frameSamples) },
      })
      checkParts(sound, 1.3)
    })

  test('of a camera that is not exact keep them, too', () => {
    let seed = 1
    const jitter = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return Math.round((seed / 2_147_483_647 - 0.5) * 12)
    }
    const messages = [...programme({ seconds: 30, pictures: { rate: 30, keyEvery: 2 } })]
    const jittered = messages.map((message) => ({ ...message, timestamp: Math.max(0, message.timestamp + jitter()) }))
    const packaged = new Packaged({ window: { seconds: 100, bytes: 1e9 } }).publish().send(jittered).leave()
    checkParts(packaged.segments('video'), 1.3)
  })

  test('begin with the key frame of their segment, and say so', () => {
    const { pictures } = packagedAt({ pictures: {} })
    for (const { parts } of pictures)
      assert.deepEqual(
        parts.map(({ independent }) => independent),
        [true, false, false, false, false],
      )
  })

  test('are there after as many frames as they last', () => {
    const packaged = new Packaged().publish()
    packaged.send(both(0.201))
    assert.equal(packaged.segments('video')[0]?.parts.length, 1)
  })
})

test('a segment that is not much larger than the one before lies in one piece', () => {
  const packaged = new Packaged().publish().send(both(6)).leave()
  for (const kind of ['video', 'audio'] as const) {
    const segments = packaged.segments(kind)
    for (const { parts, pieces } of segments)
      assert.ok(Buffer.concat(pieces).equals(Buffer.concat(parts.map(({ bytes }) => bytes))))
    assert.deepEqual(
      segments.slice(1).map(({ pieces }) => pieces.length),
      [1, 1, 1, 1, 1],
      kind,
    )
  }
})

describe('key frames', () => {
  test('that are ten seconds apart make segments of ten seconds', () => {
    const packaged = new Packaged({ window: { seconds: 60, bytes: 1e9 } }).publish()
    packaged.send(programme({ seconds: 40, pictures: { keyEvery: 10 }, sound: {} })).leave()
    assert.deepEqual(durations(packaged.segments('video')), [10, 10, 10, 10])
    assert.equal(packaged.segments('audio').length, 4)
  })

  test('that do not come any more leave sound alone after twenty seconds, and bring pictures back when they come', () => {
    const packaged = new Packaged({ window: { seconds: 100, bytes: 1e9 } }).publish()
    packaged.send(programme({ seconds: 30, pictures: { keyEvery: 1000 }, sound: {} }))
    const isOver = (kind: TrackKind) => packaged.presentation.tracks.get(kind)?.isOver
    assert.deepEqual([isOver('video'), isOver('audio')], [true, false])
    assert.deepEqual(durations(packaged.segments('video')), [20])
    const sound = packaged.segments('audio')
    assert.ok(sound.length >= 10 && (sound.at(-2) as Segment).duration < 1.05)
    packaged.send(both(3, 30)).leave()
    assert.deepEqual([isOver('video'), isOver('audio')], [false, false])
    const [pictures, all] = [packaged.segments('video'), packaged.segments('audio')]
    // A playlist counts its segments, so that of the pictures begins anew.
    assert.deepEqual(numbers(pictures), numbers(all).slice(-3))
    assert.deepEqual(periods(pictures), periods(all).slice(-3))
    assert.deepEqual(numbers(all), range(FIRST, all.length))
  })

  test('that never came make no pictures, and sound after twenty seconds', () => {
    const messages = [...programme({ seconds: 25, pictures: {}, sound: {} })]
    const keys = messages.filter(({ type, payload }) => type === VIDEO && payload[0] === 0x17 && payload[1] === 1)
    const packaged = new Packaged()
      .publish()
      .send(messages.filter((message) => !keys.includes(message)))
      .leave()
    assert.equal(packaged.presentation.tracks.has('video'), false)
    assert.ok(packaged.segments('audio').length >= 4)
  })

  test('are waited for by a publisher that begins between two of them', () => {
    const packaged = new Packaged().publish()
    const messages = [...both(4)]
    const config = messages.slice(0, 2)
    packaged.send([...config, ...messages.filter(({ timestamp }) => timestamp > 500)]).leave()
    assert.deepEqual(durations(packaged.segments('video')), [1, 1, 1])
    assert.equal(packaged.segments('video')[0]?.parts[0]?.independent, true)
  })

  test('that come too late for the largest segment do not make it larger', () => {
    const maxSegmentBytes = 100_000
    const packaged = new Packaged({ targets: { part: 0.2, segment: 1, maxSegmentBytes } }).publish()
    packaged.send(programme({ seconds: 12, pictures: { keyEvery: 6, bytes: 1000 }, sound: {} })).leave()
    for (const { size } of packaged.segments('video')) assert.ok(size <= maxSegmentBytes * 1.05, `${size}`)
    assert.deepEqual(
      new Set(packaged.records.flatMap((record) => (record.type === 'period' ? [record.kinds.join()] : []))),
      new Set(['video,audio', 'audio']),
    )
  })
})

test('a frame that is larger than a segment may be is left out, and nothing breaks', () => {
  const targets = { part: 0.2, segment: 1, maxSegmentBytes: 50_000 }
  const packaged = new Packaged({ targets }).publish().send(both(2))
  packaged.send([video(2000, avc(true, 60_000)), audio(2000, aac(60_000)), audio(2021, aac(60_000))])
  packaged.send(both(3, 3)).leave()
  assert.ok(packaged.segments('video').length >= 5)
  for (const { size } of [...packaged.segments('video'), ...packaged.segments('audio')]) assert.ok(size < 50_000)
  assert.deepEqual(numbers(packaged.segments('video')), range(FIRST, packaged.segments('video').length))
})

describe('a period', () => {
  test('begins for both tracks where the configuration of one changes', () => {
    for (const change of [
      { pictures: { record: OTHER_AVC_RECORD }, sound: {} },
      { pictures: {}, sound: { rate: 44_100, configuration: Buffer.of(0x12, 0x10) } },
    ]) {
      const packaged = new Packaged().publish().send(both(3))
      packaged.send(programme({ from: 3, seconds: 3, ...change })).leave()
      for (const kind of ['video', 'audio'] as const) {
        const segments = packaged.segments(kind)
        assert.deepEqual(numbers(segments), range(FIRST, 6))
        assert.deepEqual(periods(segments), [
          FIRST_PERIOD,
          FIRST_PERIOD,
          FIRST_PERIOD,
          FIRST_PERIOD + 1,
          FIRST_PERIOD + 1,
          FIRST_PERIOD + 1,
        ])
        const [before, after] = [segments[2], segments[3]] as [Segment, Segment]
        assert.ok(Math.abs(before.startsAt + before.duration * 1000 - after.startsAt) < 25, 'it goes on')
        assert.ok(packaged.presentation.init(before.init) && packaged.presentation.init(after.init))
      }
      const inits = new Set([...packaged.segments('video'), ...packaged.segments('audio')].map(({ init }) => init))
      assert.equal(inits.size, 3)
    }
  })

  test('does not begin where the same configuration comes once more', () => {
    const packaged = new Packaged().publish().send(both(3)).send(both(3, 3)).leave()
    assert.deepEqual(new Set(periods(packaged.segments('video'))), new Set([FIRST_PERIOD]))
  })

  test('begins where a track comes late', () => {
    const late = new Packaged().publish().send(programme({ seconds: 4, pictures: {} }))
    late.send(both(4, 4)).leave()
    assert.deepEqual(periods(late.segments('video')), [
      ...Array(4).fill(FIRST_PERIOD),
      ...Array(4).fill(FIRST_PERIOD + 1),
    ])
    assert.deepEqual(numbers(late.segments('audio')), numbers(late.segments('video')).slice(4))
    const pictures = new Packaged().publish().send(programme({ seconds: 4, sound: {} }))
    pictures.send(both(4, 4)).leave()
    assert.deepEqual(new Set(periods(pictures.segments('audio'))), new Set([FIRST_PERIOD, FIRST_PERIOD + 1]))
    assert.deepEqual(new Set(periods(pictures.segments('video'))), new Set([FIRST_PERIOD + 1]))
  })

  test('waits for a track that comes within a second', () => {
    const messages = [...both(4)].filter(({ type, timestamp }) => type === VIDEO || timestamp > 800)
    const sound = [...programme({ from: 0.9, seconds: 3, sound: {} })]
    const packaged = new Packaged().publish()
    const inOrder = [...messages.filter(({ type }) => type === VIDEO), ...sound].sort(
      (one, other) => one.timestamp - other.timestamp,
    )
    packaged.send(inOrder).leave()
    assert.deepEqual(new Set(periods(packaged.segments('video'))), new Set([FIRST_PERIOD]))
    assert.equal(packaged.segments('video')[0]?.startsAt, BEGINNING)
    assert.deepEqual(new Set(periods(packaged.segments('audio'))), new Set([FIRST_PERIOD]))
  })

  test('has no track that does not send any more, until it does again', () => {
    const packaged = new Packaged({ window: { seconds: 100, bytes: 1e9 } }).publish().send(both(3))
    packaged.send(programme({ from: 3, seconds: 7, pictures: {} }))
    assert.equal(packaged.presentation.tracks.get('audio')?.isOver, true)
    packaged.send(both(3, 10)).leave()
    assert.equal(packaged.presentation.tracks.get('audio')?.isOver, false)
    assert.deepEqual(numbers(packaged.segments('video')), range(FIRST, 13))
    assert.deepEqual(
      packaged.segments('audio').map(({ number, period }) => [number, period]),
      packaged
        .segments('video')
        .slice(-packaged.segments('audio').length)
        .map(({ number, period }) => [number, period]),
    )
  })

  test('begins where time goes back', () => {
    const packaged = new Packaged().publish().send(both(8)).send(both(3, 2)).leave()
    assert.deepEqual(new Set(periods(packaged.segments('video'))), new Set([FIRST_PERIOD, FIRST_PERIOD + 1]))
    const starts = packaged.segments('video').map(({ startsAt }) => startsAt)
    assert.deepEqual(
      starts,
      starts.toSorted((one, other) => one - other),
    )
    assert.deepEqual(numbers(packaged.segments('audio')), numbers(packaged.segments('video')))
  })

  test('begins where media has fallen behind the clock for good, and not where it was late for a moment', () => {
    const packaged = new Packaged().publish().send(both(3))
    // What was late comes at once, then in time.
    packaged.now += 5500
    packaged.burst(both(5.5, 3))
    packaged.send(both(3, 8.5))
    assert.deepEqual(new Set(periods(packaged.segments('video'))), new Set([FIRST_PERIOD]))
    packaged.now += 5500
    packaged.send(both(5, 11.5)).leave()
    assert.deepEqual(new Set(periods(packaged.segments('video'))), new Set([FIRST_PERIOD, FIRST_PERIOD + 1]))
    const last = packaged.segments('video').at(-1) as Segment
    assert.ok(Math.abs(last.startsAt + last.duration * 1000 - packaged.now) < 100)
  })
})

describe('sound', () => {
  const frames = (...times: number[]) => times.map((timestamp) => audio(timestamp, aac(10)))
  const started = () => new Packaged().publish().send(programme({ seconds: 1.2, sound: {} }))
  /** Of the whole stream, in samples. */
  const ends = (packaged: Packaged) => {
    const last = packaged.segments('audio').at(-1) as Segment
    return last.start + Math.round(last.duration * 48_000)
  }

  test('is timed by its samples: its milliseconds leave no gap', () => {
    const packaged = new Packaged()
      .publish()
      .send(programme({ seconds: 10, sound: { rate: 44_100, configuration: Buffer.of(0x12, 0x10) } }))
      .leave()
    for (const [index, { start, duration }] of packaged.segments('audio').entries()) {
      const next = packaged.segments('audio')[index + 1]
      assert.equal(Math.round(duration * 44_100) % 1024, 0)
      if (next) assert.equal(next.start, start + Math.round(duration * 44_100))
    }
  })

  test('is where its publisher says after a gap of more than 50 ms, and the frame before lasts until then', () => {
    const packaged = started()
      .send(frames(1400, 1421, 1443))
      .leave()
    assert.equal(ends(packaged), 1400 * 48 + 3 * 1024)
    const within = started()
      .send(frames(1265, 1286, 1308))
      .leave()
    assert.equal(ends(within), 57 * 1024 + 3 * 1024)
  })

  test('that comes twice is heard once, but for 50 ms', () => {
    const packaged = started()
      .send(frames(1100, 1121, 1143, 1164, 1185, 1207, 1228))
      .leave()
    const frameCount = packaged
      .segments('audio')
      .reduce((sum, { duration }) => sum + Math.round((duration * 48_000) / 1024), 0)
    assert.equal(frameCount, 57 + 3)
  })
})

describe('a codec', () => {
  test('that is not known is named, and the other track goes on', () => {
    const packaged = new Packaged().publish()
    const vp6 = Array.from({ length: 50 }, (_, index) => video(index * 40, Buffer.of(index === 0 ? 0x14 : 0x24, 1, 2)))
    const sound = [...programme({ seconds: 2, sound: {} })]
    packaged.send([...vp6, ...sound].sort((one, other) => one.timestamp - other.timestamp)).leave()
    assert.deepEqual(packaged.presentation.unsupported, ['vp6f'])
    assert.deepEqual([...packaged.presentation.tracks.keys()], ['audio'])
    assert.ok(packaged.segments('audio').length > 0)
    packaged.publish().send(both(2)).leave()
    assert.deepEqual(packaged.presentation.unsupported, [])
  })

  test('that is known, with a configuration that makes no sense, is named, too', () => {
    const packaged = new Packaged().publish()
    packaged.send([video(0, avcStart(Buffer.of(1, 100, 0, 11, 255, 225, 0, 200))), video(0, avc(true, 10))]).leave()
    assert.deepEqual(packaged.presentation.unsupported, ['avc1'])
  })

  test('that changes to one that is not known ends its track only', () => {
    const packaged = new Packaged().publish().send(both(3))
    const unknown = Buffer.concat([Buffer.of(0x90), Buffer.from('vvc1'), Buffer.of(1)])
    packaged.send([video(3000, unknown), ...programme({ from: 3, seconds: 23, sound: {} })]).leave()
    assert.deepEqual(packaged.presentation.unsupported, ['vvc1'])
    assert.deepEqual(
      [...packaged.presentation.tracks].map(([kind, { isOver }]) => [kind, isOver]),
      [
        ['video', true],
        ['audio', false],
      ],
    )
  })
})

test('pictures that are not presented in the order in which they are decoded begin when the first one is presented', () => {
  const packaged = new Packaged().publish()
  packaged.send(programme({ seconds: 2, pictures: { compositionMs: 80 }, sound: {} })).leave()
  const [first] = packaged.segments('video')
  assert.deepEqual([first?.start, first?.startsAt], [80 * 90, BEGINNING + 80])
  const [sound] = packaged.segments('audio')
  assert.ok(sound && sound.startsAt >= BEGINNING + 80 && sound.startsAt < BEGINNING + 80 + 22)
})

test('a picture lasts until the next one, however long that is', () => {
  const packaged = new Packaged().publish().send(both(1))
  packaged.send([video(1000, avc(true, 10)), video(4000, avc(false, 10)), video(4040, avc(true, 10))]).leave()
  assert.deepEqual(durations(packaged.segments('video')), [1, 3.04, 0.04])
})

test('a whole day, with the wrap of its timestamps in it, makes a segment each second, and sound stays with the pictures', () => {
  const hours = 24
  // LC of one channel at 2000 Hz, so that there are few frames.
  const configuration = Buffer.from('178003e808', 'hex')
  const half = 2 ** 32 / 1000 - hours * 1800
  const packaged = new Packaged({ keepsRecords: false }).publish()
  const day = programme({
    from: half,
    seconds: hours * 3600,
    pictures: { rate: 2, bytes: 4 },
    sound: { rate: 2000, configuration, bytes: 4 },
  })
  packaged.send(day).leave()
  const [pictures, sound] = [packaged.segments('video').at(-1), packaged.segments('audio').at(-1)] as [Segment, Segment]
  assert.equal(pictures.number, FIRST + hours * 3600 - 1)
  assert.equal(sound.number, pictures.number)
  assert.equal(pictures.startsAt, BEGINNING + (hours * 3600 - 1) * 1000)
  assert.ok(Math.abs(sound.startsAt - pictures.startsAt) < 520)
  assert.equal(pictures.start, (hours * 3600 - 1) * 90_000)
  assert.equal(pictures.period, FIRST_PERIOD)
  assert.ok(packaged.segments('video').length <= 21)
})

/** AudioSpecificConfig of AAC LC with one channel. */
function configurationOf(rate: number, frameSamples: number): Buffer {
  const index = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000].indexOf(rate)
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE((2 << 11) | (index << 7) | (1 << 3) | (frameSamples === 960 ? 4 : 0))
  return bytes
}

function packagedAt(what: Omit<Parameters<typeof programme>[0], 'seconds'>) {
  const packaged = new Packaged({ window: { seconds: 100, bytes: 1e9 } }).publish()
  packaged.send(programme({ seconds: 30, ...what })).leave()
  return { pictures: packaged.segments('video'), sound: packaged.segments('audio') }
}

/** RFC 8216bis, 4.4.3.8 and 4.4.4.9, with PART-TARGET as the longest part of all; and that one is not far from what was asked for. */
function checkParts(segments: readonly Segment[], most: number): void {
  assert.ok(segments.length > 10)
  const target = Math.max(...segments.flatMap(({ parts }) => parts.map(({ duration }) => duration)))
  assert.ok(target <= 0.2 * most, `the longest part has ${target} s`)
  for (const { parts, duration } of segments) {
    for (const part of parts.slice(0, -1)) assert.ok(part.duration >= 0.85 * target, `${part.duration} of ${target}`)
    assert.ok(Math.abs(parts.reduce((sum, part) => sum + part.duration, 0) - duration) < 1e-9)
  }
}
