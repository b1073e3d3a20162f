import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mpd } from '../src/dash/mpd.ts'
import { QUERY } from '../src/delivery/query-slot.ts'
import { parseMpd } from './support/mpegdash.ts'
import { LivePresentation } from './support/presentation.ts'

/** What is between the tags of an element, and its attributes. */
interface Xml {
  name: string
  attributes: Record<string, string>
  children: Xml[]
}

/** Reads XML that has no text in it. Throws where tags do not match. */
function parseXml(text: string): Xml {
  const root: Xml = { name: '', attributes: {}, children: [] }
  const path = [root]
  const rest = text.replace(/<(\/?)(\w+)((?: \w+="[^"<&]*")*)(\/?)>/g, (_, closes, name, attributes, isEmpty) => {
    if (closes) assert.equal(path.pop()?.name, name)
    else {
      const pairs = [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value])
      const element = { name, attributes: Object.fromEntries(pairs), children: [] }
      path.at(-1)?.children.push(element)
      if (!isEmpty) path.push(element)
    }
    return ''
  })
  assert.equal(rest, '<?xml version="1.0" encoding="UTF-8"?>\n\n')
  assert.equal(path.length, 1)
  return root.children[0] as Xml
}

function write({ presentation }: LivePresentation): Xml {
  return parseXml(mpd(presentation, [...presentation.tracks.values()]).replaceAll(QUERY, ''))
}

function all({ children }: Xml, name: string): Xml[] {
  return children.flatMap((child) => (child.name === name ? [child] : all(child, name)))
}

const duration = (text = '') => Number(/^PT([\d.]+)S$/.exec(text)?.[1])

test('an MPD says where and when its segments are, and what they are', () => {
  const live = new LivePresentation()
  live.segments(3)
  live.open()
  live.part()
  const { attributes, children } = write(live)
  const { publishTime, ...rest } = attributes
  assert.ok(!Number.isNaN(Date.parse(publishTime as string)))
  assert.deepEqual(rest, {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
    type: 'dynamic',
    availabilityStartTime: '2026-11-30T12:00:00.000Z',
    minimumUpdatePeriod: 'PT1.000S',
    minBufferTime: 'PT1.000S',
    timeShiftBufferDepth: 'PT3.000S',
    suggestedPresentationDelay: 'PT2.000S',
    maxSegmentDuration: 'PT1.000S',
  })
  const [period, timing] = children as [Xml, Xml]
  assert.deepEqual(period.attributes, { id: '8', start: 'PT0.250S' })
  assert.deepEqual(timing.attributes, { schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: 'time.txt' })
  assert.deepEqual(
    all(period, 'Representation').map((representation) => representation.attributes),
    [
      { id: 'video', codecs: 'avc1.64001f', bandwidth: '40000', width: '1280', height: '720', frameRate: '25' },
      { id: 'audio', codecs: 'mp4a.40.2', bandwidth: '4000', audioSamplingRate: '48000' },
    ],
  )
  assert.deepEqual(all(period, 'SegmentTemplate')[0]?.attributes, {
    timescale: '90000',
    startNumber: '100',
    presentationTimeOffset: '0',
    initialization: 'video-aaaa.mp4',
    media: 'video-$Number$.m4s',
  })
  assert.deepEqual(
    all(period, 'S').map((run) => run.attributes),
    [
      { t: '0', d: '90000', r: '2' },
      { t: '0', d: '48000', r: '2' },
    ],
  )
})

test('an MPD has a period for each publisher and configuration, which stays where it is', () => {
  const live = new LivePresentation({ window: { seconds: 6, bytes: 1e9 } })
  const starts = new Map<string, string>()
  const numbers = new Set<number>()
  for (let made = 0; made < 40; made++) {
    if (made % 7 === 6) {
      live.configure(`c${made}`)
      live.pause(2.3456)
    }
    live.segments(1, 3 + (made % 3))
    const periods = all(write(live), 'Period')
    let before = -1
    for (const period of periods) {
      const { id, start } = period.attributes as { id: string; start: string }
      assert.equal(starts.get(id) ?? start, start)
      starts.set(id, start)
      assert.ok(duration(start) > before)
      before = duration(start)
      for (const template of all(period, 'SegmentTemplate')) {
        const { startNumber, media, initialization } = template.attributes as Record<string, string>
        const { presentation } = live
        assert.ok(presentation.init(initialization as string))
        const kind = media?.startsWith('video') ? 'video' : 'audio'
        let number = Number(startNumber)
        for (const { attributes } of all(template, 'S'))
          for (let repeated = 0, time = Number(attributes.t); repeated <= Number(attributes.r ?? 0); repeated++) {
            const segment = presentation.tracks.get(kind)?.window.find(number)
            assert.ok(segment?.isClosed && segment.period === Number(id))
            assert.equal(segment.start, time)
            // Where the MPD has it on the wall clock is where it was.
            const scale = Number(template.attributes.timescale)
            const offset = Number(template.attributes.presentationTimeOffset ?? 0)
            const at = presentation.bornAt.getTime() + 1000 * (duration(start) + (time - offset) / scale)
            assert.ok(Math.abs(at - segment.startsAt) < 2, `${at} ${segment.startsAt}`)
            time += Number(attributes.d)
            numbers.add(number++)
          }
      }
    }
  }
  assert.deepEqual(
    [...numbers],
    Array.from({ length: 40 }, (_, index) => 100 + index),
  )
})

test('an MPD of a stream with a time of its own says where its periods begin in that', () => {
  const live = new LivePresentation({ startsWith: 5000.5 })
  live.segments(2)
  live.configure('bbbb')
  live.pause(3)
  live.segments(2)
  const periods = all(write(live), 'Period')
  assert.deepEqual(
    periods.map(({ attributes }) => attributes.start),
    ['PT0.250S', 'PT5.250S'],
  )
  for (const [index, period] of periods.entries())
    for (const template of all(period, 'SegmentTemplate')) {
      const { timescale, presentationTimeOffset } = template.attributes
      assert.equal(Number(presentationTimeOffset), (5000.5 + 2 * index) * Number(timescale))
      assert.equal(all(template, 'S')[0]?.attributes.t, presentationTimeOffset)
    }
})

test('an MPD of a stream that has ended says how long it was, and that nothing comes', () => {
  const live = new LivePresentation()
  live.segments(3)
  live.configure('bbbb')
  live.pause(5)
  live.segments(2)
  live.end()
  const { attributes } = write(live)
  assert.equal(attributes.type, 'static')
  assert.equal(attributes.mediaPresentationDuration, 'PT10.250S')
  for (const name of ['minimumUpdatePeriod', 'timeShiftBufferDepth', 'suggestedPresentationDelay'])
    assert.equal(attributes[name], undefined)
})

test('an MPD is read by mpegdash, while it is live and when it has ended', async () => {
  const live = new LivePresentation({ startsWith: 77 })
  live.segments(8)
  live.configure('bbbb')
  live.pause(3)
  live.segments(2)
  const text = () => mpd(live.presentation, [...live.presentation.tracks.values()]).replaceAll(QUERY, '?token=a%2Fb')
  const periods = [
    { start: 'PT0.250S', segments: { video: 8, audio: 8 } },
    { start: 'PT11.250S', segments: { video: 2, audio: 2 } },
  ]
  assert.deepEqual(await parseMpd(text()), { type: 'dynamic', duration: null, periods })
  live.end()
  assert.deepEqual(await parseMpd(text()), { type: 'static', duration: 'PT13.250S', periods })
})

test('an MPD keeps players two segments behind, where these are long', () => {
  const live = new LivePresentation()
  live.segments(3, 15)
  assert.equal(write(live).attributes.suggestedPresentationDelay, 'PT6.000S')
})

test('frame rates are whole numbers or fractions, as the schema has them', () => {
  for (const [frames, seconds, rate] of [
    [25, 1, '25'],
    [30, 1.001, '30000/1001'],
    [60, 1.001, '60000/1001'],
    [24, 1.001, '24000/1001'],
    [37, 2, '18500/1000'],
  ] as const) {
    const live = new LivePresentation({ kinds: ['video'] })
    live.open()
    live.part(seconds, 1000, frames)
    live.close()
    assert.equal(all(write(live), 'Representation')[0]?.attributes.frameRate, rate)
  }
})
