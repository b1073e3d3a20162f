import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { watchDash, watchHls } from '@livepods/testing/watch-segments'
import { framesOf, publish, publishPicture, run, segmented } from './support/ffmpeg.ts'
import { playToEnd } from './support/gstreamer.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'
import { checkPlaylist, readMediaPlaylist } from './support/playlist.ts'

const file = await segmented()
const source = await framesOf(file)
const pictures = source.filter((frame) => frame.startsWith('0'))

/** All pictures of the source, and its sound from the first picture on. */
function assertIsSource(frames: string[]): void {
  assert.deepEqual(
    frames.filter((frame) => frame.startsWith('0')),
    pictures,
  )
  const sound = frames.filter((frame) => frame.startsWith('1'))
  assert.deepEqual(sound, source.slice(-sound.length))
  assert.ok(source.length - frames.length <= 4, `${source.length - frames.length} frames of sound are missing`)
}

describe('a stream with B-frames, from its first segment to its end', () => {
  let server: RunningServer
  let ended: Promise<string>

  before(async () => {
    server = await mediaServer({ GRACE_SECONDS: '0', WINDOW_SECONDS: '600' })
    const encoder = publish(file, `${server.rtmp}/live/key`)
    ended = encoder.ended
    await eventually(async () => assert.equal((await fetch(`${server.http}/live/key/manifest.mpd`)).status, 200))
  })
  after(async () => await server[Symbol.asyncDispose]())

  test('is read by ffmpeg and GStreamer while it is live', async () => {
    const url = `${server.http}/live/key`
    const fromStart = ['-live_start_index', '0']
    const [plain, lowLatency, ...played] = await Promise.all([
      framesOf(`${url}/plain.m3u8`, ...fromStart),
      framesOf(`${url}/index.m3u8`, ...fromStart),
      ...['plain.m3u8', 'index.m3u8'].map((manifest) => playToEnd(`${url}/${manifest}`)),
    ])
    assertIsSource(plain)
    assertIsSource(lowLatency)
    // A player of a live stream may begin three segments before its end.
    for (const { videoFrames, audioFrames } of played) assert.ok(videoFrames > 50 && audioFrames > 50)
    assert.equal(await ended, '')
  })

  test('is read by ffmpeg and GStreamer as DASH when it has ended', async () => {
    // ffmpeg does not see that an MPD is static now, and GStreamer 1.22 waits for ever when it becomes so while it waits for a segment.
    const url = `${server.http}/live/key/manifest.mpd`
    await eventually(async () => assert.match(await (await fetch(url)).text(), /type="static"/))
    const [frames, played] = await Promise.all([framesOf(url), playToEnd(url)])
    assert.ok(played.videoFrames > 150 && played.audioFrames > 150)
    assert.deepEqual(
      frames.filter((frame) => frame.startsWith('0')),
      pictures,
    )
    assert.ok(source.length - frames.length <= 6)
  })

  test('has playlists as RFC 8216bis demands, and a picture for a thumbnail', async () => {
    const url = `${server.http}/live/key`
    for (const name of ['video', 'audio', 'video-plain', 'audio-plain'])
      checkPlaylist(readMediaPlaylist(await (await fetch(`${url}/${name}.m3u8`)).text()))
    assert.equal((await framesOf(`${url}/snapshot.mp4`)).length, 1)
    assert.match(await run('-i', `${url}/snapshot.mp4`, '-f', 'framemd5', '-'), /^0, .*\n$/m)
  })
})

test('what the tests of containers and of the cluster fetch is there, and its numbers go on', async () => {
  await using tokens = await testTokens()
  await using server = await mediaServer({ ACCESS_TOKENS_FILE: tokens.file })
  const [submit = '', token = ''] = [tokens.headers.submit, tokens.headers.read].map(({ authorization }) =>
    authorization.slice(7),
  )
  using _encoder = publishPicture(`${server.rtmp}/live/key?token=${submit}`)
  const stream = `${server.http}/live/key`
  await eventually(async () => assert.equal((await fetch(`${stream}/manifest.mpd?token=${token}`)).status, 200))
  const played = await Promise.all([
    watchHls(stream, { token }),
    watchHls(stream, { token, plain: true }),
    watchDash(stream, { token, count: 4 }),
  ])
  for (const [index, numbers] of played.entries()) {
    const [first = 0] = numbers
    assert.deepEqual(
      numbers,
      Array.from({ length: index === 2 ? 4 : 3 }, (_, at) => first + at),
    )
  }
  await assert.rejects(watchHls(stream), /index\.m3u8: 401/)
})

test('where tokens are set, whoever has a list has what is in it, and nobody else', async () => {
  await using tokens = await testTokens()
  await using server = await mediaServer({ ACCESS_TOKENS_FILE: tokens.file, GRACE_SECONDS: '0' })
  const tokenOf = (role: 'read' | 'submit') => tokens.headers[role].authorization.slice('Bearer '.length)
  using _encoder = publishPicture(`${server.rtmp}/live/key?token=${tokenOf('submit')}`)
  const get = (file: string) => fetch(new URL(file, `${server.http}/live/key/`))
  await eventually(async () => assert.equal((await get(`manifest.mpd?token=${tokenOf('read')}`)).status, 200))
  const listed = ['index.m3u8', 'plain.m3u8', 'manifest.mpd'].map((file) => `${file}?token=${tokenOf('read')}`)
  for (const file of listed) {
    const answer = await get(file)
    assert.equal(answer.status, 200, file)
    const text = await answer.text()
    for (const [, uri] of text.matchAll(/((?:video|audio)[-.\w]*\.(?:m3u8|mp4|m4s)\?[^"\s]+)/g))
      if (uri && !listed.includes(uri)) listed.push(uri)
  }
  assert.ok(listed.length > 15, listed.join())
  for (const file of listed) {
    const [bare] = file.split('?')
    assert.equal((await get(bare as string)).status, 401, bare)
  }
  assert.equal((await get('index.m3u8?token=wrong')).status, 401)
})
