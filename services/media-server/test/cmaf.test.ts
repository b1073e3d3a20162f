import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TrackKind } from '../src/cmaf/presentation.ts'
import { readMediaHeader } from '../src/hub/media.ts'
import type { Message } from '../src/hub/message.ts'
import { framesOf, publish, run, sample } from './support/ffmpeg.ts'
import { fileOf, fixture, Packaged } from './support/packaged.ts'
import { rtmpServer } from './support/rtmp-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'livepods-cmaf-'))
after(() => rmSync(folder, { recursive: true }))

/** What AV1 has between pictures, but not in MP4. */
const TEMPORAL_DELIMITER = Buffer.of(0x12, 0)

/** A frame as it is presented: milliseconds, bytes, MD5. */
type Presented = [at: number, size: number, md5: string]

/** The fixtures' tracks that are packaged, how RFC 6381 names them, and how many of their frames come before the first picture. */
const TRACKS: [name: string, kind: TrackKind, codec: string, dropped: number][] = [
  ['avc-aac', 'video', 'avc1.64000b', 0],
  ['avc-aac', 'audio', 'mp4a.40.2', 1],
  ['hevc-opus', 'video', 'hvc1.1.6.L30.90', 0],
  ['hevc-opus', 'audio', 'opus', 1],
  ['av1-flac', 'video', 'av01.0.00M.08', 0],
  ['av1-flac', 'audio', 'flac', 0],
  ['vp9-ac3', 'video', 'vp09.00.10.08', 0],
  ['multitrack', 'video', 'avc1.64000b', 0],
  ['multitrack', 'audio', 'mp4a.40.2', 1],
]

for (const [name, kind, codec, dropped] of TRACKS)
  test(`${name}: ffmpeg reads every frame of ${kind} as it was sent, and when it was to be presented`, async () => {
    const messages = await fixture(name)
    const packaged = new Packaged().publish().send(messages).leave()
    assert.equal(packaged.presentation.tracks.get(kind)?.description.codec, codec)
    const file = join(folder, `${name}-${kind}.mp4`)
    await writeFile(file, fileOf(packaged.presentation, kind))
    const [sent, received] = [sentFrames(messages, kind).slice(dropped), await framesIn(file)]
    assert.deepEqual(withoutTime(received), withoutTime(sent))
    for (const [index, [at]] of received.entries()) {
      const told = (sent[index] as Presented)[0]
      assert.ok(Math.abs(at - told) < 15, `frame ${index} is presented at ${at} instead of ${told}`)
    }
    assert.equal(await run('-xerror', '-i', file, '-f', 'null', '-'), '')
  })

test('H.264 with B-frames and AAC that come by RTMP are the same frames as those of their file', async () => {
  await using server = await rtmpServer()
  const file = await sample()
  using encoder = publish(file, `${server.url}/live/key`)
  assert.equal(await encoder.ended, '')
  const presentation = await server.hub.present({ name: 'live/key', protocol: 'rtmp', client: 'x' })
  for (const [kind, index] of [
    ['video', 0],
    ['audio', 1],
  ] as const) {
    const name = join(folder, `rtmp-${kind}.mp4`)
    await writeFile(name, fileOf(presentation, kind))
    const sent = (await framesOf(file)).filter((row) => row.startsWith(`${index} `)).map((row) => row.slice(2))
    const received = (await framesOf(name)).map((row) => row.slice(2))
    // Sound of before the first picture is left out.
    assert.ok(received.length >= sent.length - 4, `${received.length} of ${sent.length} frames of ${kind}`)
    assert.deepEqual(received, sent.slice(-received.length))
  }
})

function sentFrames(messages: readonly Message[], kind: TrackKind): Presented[] {
  return messages.flatMap((message) => {
    const { media, track, compositionMs, bodyAt, bodyEnd } = readMediaHeader(message)
    if (media.kind !== kind || track !== 0 || media.role === 'none' || media.role === 'config') return []
    const frame = message.payload.subarray(bodyAt, bodyEnd)
    const body = frame.subarray(0, TEMPORAL_DELIMITER.length).equals(TEMPORAL_DELIMITER) ? frame.subarray(2) : frame
    // ffmpeg's FLAC ends with a message without a frame.
    if (body.length === 0) return []
    return [[message.timestamp + compositionMs, body.length, createHash('md5').update(body).digest('hex')]]
  })
}

async function framesIn(file: string): Promise<Presented[]> {
  const text = await run('-copyts', '-i', file, '-c', 'copy', '-f', 'framemd5', '-')
  const [numerator, denominator] = (/^#tb 0: (\d+)\/(\d+)$/m.exec(text) ?? []).slice(1).map(Number)
  const rows = text.split('\n').filter((line) => /^\d/.test(line))
  return rows.map((row) => {
    const [, , at, , size, md5] = row.split(',').map((cell) => cell.trim())
    return [(Number(at) * 1000 * (numerator as number)) / (denominator as number), Number(size), md5 as string]
  })
}

function withoutTime(frames: readonly Presented[]): [size: number, md5: string][] {
  return frames.map(([, size, md5]) => [size, md5])
}
