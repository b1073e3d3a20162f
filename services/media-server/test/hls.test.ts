import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Presentation, Track, TrackKind } from '../src/cmaf/presentation.ts'
import { QUERY } from '../src/delivery/query-slot.ts'
import { type MediaPlaylistForm, mediaPlaylist } from '../src/hls/media-playlist.ts'
import { multivariantPlaylist } from '../src/hls/multivariant-playlist.ts'
import { checkChange, checkPlaylist, type MediaPlaylist, parsePlaylist, readMediaPlaylist } from './support/playlist.ts'
import { LivePresentation } from './support/presentation.ts'
import { randomNumbers } from './support/random-numbers.ts'

const FORMS: MediaPlaylistForm[] = ['low-latency', 'delta', 'plain']

function textOf(presentation: Presentation, kind: TrackKind, form: MediaPlaylistForm): string {
  return mediaPlaylist(presentation, presentation.tracks.get(kind) as Track, form).replaceAll(QUERY, '')
}

function read(live: LivePresentation, form: MediaPlaylistForm = 'low-latency'): MediaPlaylist {
  return readMediaPlaylist(textOf(live.presentation, 'video', form))
}

function multivariant({ presentation }: LivePresentation, plain = false): string {
  return multivariantPlaylist([...presentation.tracks.values()], plain).replaceAll(QUERY, '')
}

describe('a multivariant playlist', () => {
  test('says what was measured, and has the sound beside the pictures', () => {
    const live = new LivePresentation()
    live.open()
    for (const size of [10_000, 1000, 1000, 1000, 1000]) live.part(0.2, size)
    live.close()
    live.segments(3)
    const { playlists, mediaGroups } = parsePlaylist(multivariant(live))
    assert.deepEqual(playlists?.[0]?.attributes, {
      BANDWIDTH: 8 * (14_000 + 1400),
      'AVERAGE-BANDWIDTH': String((8 * (29_000 + 2900)) / 4),
      CODECS: 'avc1.64001f,mp4a.40.2',
      RESOLUTION: { width: 1280, height: 720 },
      'FRAME-RATE': 25,
      AUDIO: 'audio',
    })
    assert.equal(playlists[0]?.uri, 'video.m3u8')
    assert.deepEqual(mediaGroups?.AUDIO?.audio?.Audio?.uri, 'audio.m3u8')
  })

  test('has sound alone, and pictures alone', () => {
    for (const kind of ['video', 'audio'] as const) {
      const live = new LivePresentation({ kinds: [kind] })
      live.open()
      live.part()
      const { playlists, mediaGroups } = parsePlaylist(multivariant(live))
      assert.equal(playlists?.[0]?.uri, `${kind}.m3u8`)
      assert.equal(playlists?.[0]?.attributes?.AUDIO, undefined)
      assert.deepEqual(mediaGroups?.AUDIO, {})
      assert.ok(Number(playlists?.[0]?.attributes?.BANDWIDTH) > 0)
    }
  })

  test('without low latency names the plain playlists', () => {
    const live = new LivePresentation()
    live.segments(1)
    assert.deepEqual(multivariant(live, true).match(/\S+?-plain\.m3u8/g)?.length, 2)
  })
})

describe('a media playlist', () => {
  test('has the parts of the last three target durations, and what comes next', () => {
    const live = new LivePresentation()
    live.segments(6)
    live.open()
    live.part()
    const { segments, hints, target } = read(live)
    assert.equal(target, 1)
    assert.deepEqual(
      segments.map(({ number, parts }) => [number, parts.length]),
      [100, 101, 102, 103, 104, 105, 106].map((number) => [number, number === 106 ? 1 : number < 104 ? 0 : 5]),
    )
    assert.deepEqual(hints, ['video-106.1.m4s'])
  })

  test('hints at the first part of the next segment when one has ended', () => {
    const live = new LivePresentation()
    live.segments(2)
    assert.deepEqual(read(live).hints, ['video-102.0.m4s'])
    live.open()
    assert.deepEqual(read(live).hints, ['video-102.0.m4s'])
  })

  test('reports where the other track is', () => {
    const live = new LivePresentation()
    live.segments(2)
    live.open()
    live.part()
    live.part()
    assert.match(
      textOf(live.presentation, 'video', 'low-latency'),
      /REPORT:URI="audio.m3u8",LAST-MSN=102,LAST-PART=1$/m,
    )
    assert.match(
      textOf(live.presentation, 'audio', 'low-latency'),
      /REPORT:URI="video.m3u8",LAST-MSN=102,LAST-PART=1$/m,
    )
  })

  test('says where a publisher or a configuration changes, and counts that when it has left the list', () => {
    const live = new LivePresentation({ window: { seconds: 5, bytes: 1e9 } })
    live.segments(3)
    live.configure('bbbb')
    live.segments(2)
    assert.deepEqual(
      read(live).segments.map(({ discontinuity, map }) => [discontinuity, map]),
      [8, 8, 8, 9, 9].map((count) => [count, `video-${count === 8 ? 'aaaa' : 'bbbb'}.mp4`]),
    )
    live.segments(4)
    const later = read(live)
    assert.match(later.text, /#EXT-X-DISCONTINUITY-SEQUENCE:9\n/)
    assert.doesNotMatch(later.text, /DISCONTINUITY\n/)
  })

  test('ends with the stream', () => {
    const live = new LivePresentation()
    live.segments(3)
    live.end()
    for (const form of FORMS) {
      const { text, skipped } = read(live, form)
      assert.match(text, /\n#EXT-X-ENDLIST\n$/)
      assert.doesNotMatch(text, /PRELOAD-HINT/)
      assert.equal(skipped, 0)
    }
  })

  test('keeps the target durations of the longest segment and part, in all playlists', () => {
    const live = new LivePresentation({ window: { seconds: 4, bytes: 1e9 } })
    live.open()
    live.part(2.2)
    live.close()
    live.segments(9)
    for (const kind of ['video', 'audio'] as const) {
      const { target, partTarget } = readMediaPlaylist(textOf(live.presentation, kind, 'low-latency'))
      assert.deepEqual([target, partTarget], [2, 2.2])
    }
  })

  test('counts the open segment among those that the target duration covers', () => {
    const live = new LivePresentation()
    live.open()
    for (let part = 0; part < 9; part++) live.part()
    assert.equal(read(live).target, 2)
  })
})

test('a delta update leaves out what is further from the end than six target durations, and nothing else', () => {
  const live = new LivePresentation()
  live.segments(15)
  live.open()
  live.part()
  const whole = read(live)
  const delta = read(live, 'delta')
  // Of 15.2 s, 9 are further away than 6.
  assert.equal(delta.skipped, 9)
  assert.deepEqual(
    delta.segments.map(({ map: _, ...segment }) => segment),
    whole.segments.slice(9).map(({ map: _, ...segment }) => segment),
  )
  assert.deepEqual(delta.tags.get('EXT-X-MEDIA-SEQUENCE'), whole.tags.get('EXT-X-MEDIA-SEQUENCE'))
  const short = new LivePresentation()
  short.segments(3)
  assert.equal(read(short, 'delta').skipped, 0)
})

/** A stream that encoders make: key frames here and there, sometimes a pause, or another configuration. */
function* lifeOf(live: LivePresentation, random: (limit: number) => number, segments: number): Generator<void> {
  for (let made = 0; made < segments; made++) {
    if (random(12) === 0) live.configure(`c${made}`)
    if (random(20) === 0) live.pause(random(9))
    live.open()
    yield
    const parts = 1 + random(random(10) === 0 ? 40 : 6)
    for (let part = 0; part < parts; part++) {
      const isLast = part === parts - 1
      live.part(isLast ? (1 + random(20)) / 100 : 0.2, 500 + random(random(5) === 0 ? 100_000 : 5000))
      yield
    }
    live.close()
    yield
  }
  live.end()
  yield
}

for (const [seed, bytes] of [
  [1, 1e9],
  [2, 1e9],
  [3, 200_000],
] as const)
  test(`all playlists of a stream are what RFC 8216bis demands, and what they list can be had (seed ${seed})`, () => {
    const random = randomNumbers(seed)
    const live = new LivePresentation({ window: { seconds: 20, bytes } })
    const { presentation } = live
    const before = new Map<string, MediaPlaylist>()
    /** When the URIs of the tracks were listed last, in seconds of the stream. */
    const listed = new Map<string, number>()
    let now = 0
    for (const _ of lifeOf(live, random, 40)) {
      for (const { description, window } of presentation.tracks.values()) {
        const { kind } = description
        now = window.last ? window.last.start / description.timescale + window.last.duration : 0
        // Between two segments the others do not change.
        for (const form of window.last?.isClosed ? FORMS : FORMS.slice(0, 1)) {
          const isReady = window.segments.some(
            ({ isClosed, parts }) => isClosed || (form !== 'plain' && parts.length > 0),
          )
          if (!isReady) continue
          const playlist = readMediaPlaylist(textOf(presentation, kind, form))
          checkPlaylist(playlist)
          if (window.last?.isClosed && form !== 'delta') parsePlaylist(playlist.text)
          const last = before.get(`${kind} ${form}`)
          if (last) checkChange(last, playlist, { isLarge: bytes < 1e9 })
          before.set(`${kind} ${form}`, playlist)
          for (const { uri, parts, map } of playlist.segments)
            for (const one of [uri, map, ...parts.map((part) => part.uri)]) if (one) listed.set(one, now)
        }
      }
      const target = before.get('video low-latency')?.target ?? 0
      for (const [uri, at] of listed) {
        const targets = bytes === 1e9 && /\.\d+\.m4s/.test(uri) ? 3 : 1
        if (now - at > targets * target) listed.delete(uri)
        else assert.ok(isThere(presentation, uri), `${uri} was listed ${now - at} s ago, with a target of ${target} s`)
      }
    }
    assert.ok(before.size === 6 && now > 30)
  })

function isThere(presentation: Presentation, uri: string): boolean {
  const [, kind, number, part] = /^(video|audio)-(\d+)(?:\.(\d+))?\.m4s$/.exec(uri) ?? []
  if (!kind) return presentation.init(uri) !== undefined
  const segment = presentation.tracks.get(kind as TrackKind)?.window.find(Number(number))
  return part === undefined ? segment?.isClosed === true : segment?.parts[Number(part)] !== undefined
}
