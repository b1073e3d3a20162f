import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { JoinCache } from '../src/hub/join-cache.ts'
import { describeMedia, type Media, type MediaHeader, readMediaHeader } from '../src/hub/media.ts'
import { AUDIO, frame, type Message, VIDEO } from '../src/hub/message.ts'
import { aacConfig, aacFrame, audio, avcConfig, avcFrame, avcKey, video } from './support/frames.ts'

const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))

const CASES: [title: string, type: typeof AUDIO | typeof VIDEO, payload: Buffer, Media][] = [
  ['an AVC configuration', VIDEO, avcConfig(), { kind: 'video', codec: 'avc1', role: 'config', track: 0 }],
  ['an AVC key frame', VIDEO, avcKey(), { kind: 'video', codec: 'avc1', role: 'key', track: 0 }],
  ['an AVC frame', VIDEO, avcFrame(), { kind: 'video', codec: 'avc1', role: 'frame', track: 0 }],
  ['the end of AVC', VIDEO, bytes(0x17, 2, 0, 0, 0), { kind: 'data', role: 'none', track: 0 }],
  ['a frame of Sorenson', VIDEO, bytes(0x22, 1), { kind: 'video', codec: 'flv1', role: 'frame', track: 0 }],
  ['an AAC configuration', AUDIO, aacConfig(), { kind: 'audio', codec: 'mp4a', role: 'config', track: 0 }],
  ['AAC', AUDIO, aacFrame(), { kind: 'audio', codec: 'mp4a', role: 'frame', track: 0 }],
  ['MP3', AUDIO, bytes(0x2f, 0), { kind: 'audio', codec: '.mp3', role: 'frame', track: 0 }],
  ['an HEVC configuration', VIDEO, bytes(0x90, 'hvc1', 1), { kind: 'video', codec: 'hvc1', role: 'config', track: 0 }],
  ['an HEVC key frame', VIDEO, bytes(0x91, 'hvc1', 1), { kind: 'video', codec: 'hvc1', role: 'key', track: 0 }],
  [
    'AV1 without a composition offset',
    VIDEO,
    bytes(0xa3, 'av01', 1),
    { kind: 'video', codec: 'av01', role: 'frame', track: 0 },
  ],
  ['the end of HEVC', VIDEO, bytes(0x92, 'hvc1'), { kind: 'data', role: 'none', track: 0 }],
  [
    'the colours of HDR',
    VIDEO,
    bytes(0x94, 'hvc1', 2),
    { kind: 'video', codec: 'hvc1', role: 'config', isSupplement: true, track: 0 },
  ],
  [
    'the layout of channels',
    AUDIO,
    bytes(0x94, 'Opus', 1, 2),
    { kind: 'audio', codec: 'Opus', role: 'config', isSupplement: true, track: 0 },
  ],
  ['an Opus configuration', AUDIO, bytes(0x90, 'Opus', 1), { kind: 'audio', codec: 'Opus', role: 'config', track: 0 }],
  ['FLAC', AUDIO, bytes(0x91, 'fLaC', 1), { kind: 'audio', codec: 'fLaC', role: 'frame', track: 0 }],
  [
    'a second track of pictures',
    VIDEO,
    bytes(0x96, 0x01, 'avc1', 1),
    { kind: 'video', codec: 'avc1', role: 'key', track: 1 },
  ],
  [
    'several tracks in one message',
    VIDEO,
    bytes(0x96, 0x11, 'avc1', 1),
    { kind: 'video', codec: 'avc1', role: 'key', track: 'several' },
  ],
  [
    'a second track of sound',
    AUDIO,
    bytes(0x95, 0x00, 'mp4a', 1),
    { kind: 'audio', codec: 'mp4a', role: 'config', track: 1 },
  ],
  [
    'a modified frame',
    VIDEO,
    bytes(0x97, 2, 0, 0, 9, 0x01, 'hvc1', 1),
    { kind: 'video', codec: 'hvc1', role: 'key', track: 0 },
  ],
  [
    'a frame that is modified twice',
    VIDEO,
    bytes(0x97, 0, 9, 0x07, 0, 9, 0x01, 'hvc1'),
    { kind: 'video', codec: 'hvc1', role: 'key', track: 0 },
  ],
  ['a modifier that leads outside', VIDEO, bytes(0x97, 200, 0, 0), { kind: 'data', role: 'none', track: 0 }],
]

describe('the first bytes of a message say what it is', () => {
  for (const [title, type, payload, expected] of CASES)
    test(title, () => assert.deepEqual(describeMedia({ type, timestamp: 0, payload }), expected))
})

const HEADERS: [title: string, type: typeof AUDIO | typeof VIDEO, payload: Buffer, Omit<MediaHeader, 'media'>][] = [
  [
    'an AVC frame that is presented before it is decoded',
    VIDEO,
    bytes(0x27, 1, 0xff, 0xff, 0xd8, 5),
    { track: 0, isRecord: false, compositionMs: -40, bodyAt: 5, bodyEnd: 6 },
  ],
  ['an AVC record', VIDEO, avcConfig(), { track: 0, isRecord: true, compositionMs: 0, bodyAt: 5, bodyEnd: 17 }],
  ['an AAC record', AUDIO, aacConfig(), { track: 0, isRecord: true, compositionMs: 0, bodyAt: 2, bodyEnd: 4 }],
  ['MP3', AUDIO, bytes(0x2f, 1, 2), { track: 0, isRecord: false, compositionMs: 0, bodyAt: 1, bodyEnd: 3 }],
  [
    'an HEVC frame with an offset',
    VIDEO,
    bytes(0xa1, 'hvc1', 0, 0, 80, 9, 9),
    { track: 0, isRecord: false, compositionMs: 80, bodyAt: 8, bodyEnd: 10 },
  ],
  [
    'one without',
    VIDEO,
    bytes(0xa3, 'hvc1', 9),
    { track: 0, isRecord: false, compositionMs: 0, bodyAt: 5, bodyEnd: 6 },
  ],
  ['AV1', VIDEO, bytes(0xa1, 'av01', 9), { track: 0, isRecord: false, compositionMs: 0, bodyAt: 5, bodyEnd: 6 }],
  [
    'the colours of HDR',
    VIDEO,
    bytes(0xd4, 'hvc1', 2),
    { track: 0, isRecord: false, compositionMs: 0, bodyAt: 5, bodyEnd: 6 },
  ],
  [
    'one track of several',
    VIDEO,
    bytes(0x96, 0x01, 'avc1', 3, 0, 0, 40, 9),
    { track: 3, isRecord: false, compositionMs: 40, bodyAt: 10, bodyEnd: 11 },
  ],
  [
    'the first of several tracks in one message',
    AUDIO,
    bytes(0x95, 0x11, 'Opus', 2, 0, 0, 2, 8, 8, 3, 0, 0, 1, 9),
    { track: 2, isRecord: false, compositionMs: 0, bodyAt: 10, bodyEnd: 12 },
  ],
]

describe('before what the codec reads there is', () => {
  for (const [title, type, payload, expected] of HEADERS)
    test(title, () => {
      const { media, ...header } = readMediaHeader({ type, timestamp: 0, payload })
      assert.deepEqual(header, expected)
      assert.deepEqual(media, describeMedia({ type, timestamp: 0, payload }))
    })
})

test('a modifier may have more than 255 bytes', () => {
  const payload = Buffer.concat([bytes(0x97, 255, 1, 0), Buffer.alloc(257), bytes(0x01, 'hvc1')])
  assert.equal(describeMedia({ type: VIDEO, timestamp: 0, payload }).role, 'key')
})

test('each track has a configuration of its own, and the first one of pictures says where a viewer begins', () => {
  const cache = new JoinCache()
  const track = (id: number, start: number): Message =>
    video(0, Buffer.concat([bytes(0x96, start, 'avc1'), Buffer.of(id, 7)]))
  const messages = [track(0, 0), track(1, 0), audio(0, aacConfig()), track(0, 1), track(1, 1), audio(0, aacFrame())]
  for (const message of messages) cache.remember({ message, media: describeMedia(message) })
  assert.deepEqual(cache.first, track(0, 1))
  const head = cache.head(flvFraming, track(0, 1))
  const file = Buffer.concat([flvHeader(cache.tracks), head, ...cache.pieces(flvFraming)])
  assert.deepEqual([...new FlvReader().read(file)], messages)
})

test('what says more of a track replaces neither its configuration nor the pictures since, and ends with the configuration', () => {
  const cache = new JoinCache()
  const config = (last: number) => video(0, bytes(0x90, 'hvc1', last))
  const key = video(0, bytes(0x91, 'hvc1', 1))
  const colours = video(0, bytes(0x94, 'hvc1', 2))
  const remember = (message: Message) => cache.remember({ message, media: describeMedia(message) })
  const kept = () => {
    const file = Buffer.concat([flvHeader(cache.tracks), cache.head(flvFraming, key), ...cache.pieces(flvFraming)])
    return [...new FlvReader().read(file)]
  }
  for (const message of [config(1), key, colours]) remember(message)
  assert.deepEqual(kept(), [config(1), colours, key, colours])
  remember(config(2))
  assert.deepEqual(kept(), [config(2)])
})

test('what it keeps of a stream without pictures does not grow', () => {
  const cache = new JoinCache()
  for (let count = 0; count < 10_000; count++) {
    const message = audio(count * 20, aacFrame(1000))
    cache.remember({ message, media: describeMedia(message) })
  }
  assert.deepEqual(cache.pieces(flvFraming), [])
})

test('negative composition offsets are passed on as they are', () => {
  const payload = Buffer.concat([bytes(0x27, 1, 0xff, 0xff, 0xd8), Buffer.alloc(9)])
  const file = Buffer.concat([flvHeader({ audio: false, video: true }), frame(flvFraming, [video(40, payload)])])
  assert.deepEqual([...new FlvReader().read(file)][0]?.payload, payload)
})
