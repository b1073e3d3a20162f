import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { eventually } from '@livepods/testing'
import { type Message, VIDEO } from '../src/hub/message.ts'
import { streamServer } from './support/delivery-server.ts'
import { checkPlaylist, readMediaPlaylist } from './support/playlist.ts'
import { avc, programme } from './support/programme.ts'
import { NAME, TestHub } from './support/test-hub.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MIB = 1024 * 1024
const PICTURES_A_SECOND = 25
const isKey = ({ type, payload }: Message) => type === VIDEO && payload[0] === 0x17 && payload[1] === 1

/** Ten minutes of 2 Mbit/s with a key frame each ten seconds, without what is not wanted. */
function* messagesOf(isWanted: (message: Message) => boolean): Generator<Message> {
  for (const message of programme({ seconds: 600, pictures: { keyEvery: 10, bytes: 10_000 }, sound: {} }))
    if (isWanted(message)) yield message
}

/** A stream on air, whose time passes as its publisher sends, and its server. */
async function onAir(isWanted: (message: Message) => boolean) {
  const hub = new TestHub({ graceMs: 0 })
  const sink = await hub.on()
  const server = await streamServer(hub)
  const messages = messagesOf(isWanted)
  let next = messages.next()
  let now = 0
  return {
    ...{ hub, sink, server },
    /** Sends what comes before this second. */
    sendUntil: (second: number) => {
      for (; next.value && next.value.timestamp < second * 1000; next = messages.next()) {
        hub.clock.advance(next.value.timestamp - now)
        now = next.value.timestamp
        sink.write(next.value)
      }
      hub.clock.advance(0)
    },
    get: async (file: string) => await (await fetch(`${server.url}/${NAME}/${file}`)).text(),
    [Symbol.asyncDispose]: async () => {
      hub.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Resolves when no more memory than this is held beyond what was there before. */
async function holdsAtMost(bytes: number, before: number): Promise<void> {
  await eventually(() => {
    collectGarbage()
    const more = process.memoryUsage().arrayBuffers - before
    assert.ok(more < bytes, `${more / MIB} MiB`)
  })
}

function heldNow(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

test('of a stream with a key frame each ten seconds viewers get all since the last one, and HLS has parts of what is open', async () => {
  const before = heldNow()
  await using stream = await onAir(() => true)
  stream.sendUntil(45)
  const viewer = await stream.hub.watch()
  const pictures = viewer.tags.filter(([type]) => type === VIDEO)
  // Its configuration comes first.
  assert.equal(pictures.length, 1 + 5 * PICTURES_A_SECOND)
  assert.ok(pictures.every(([, timestamp]) => timestamp >= 40_000))
  viewer.leave()
  viewer.writes.length = 0
  assert.match(await stream.get('index.m3u8'), /CODECS="avc1/)
  for (const file of ['video.m3u8', 'audio.m3u8', 'video-plain.m3u8', 'audio-plain.m3u8'])
    checkPlaylist(readMediaPlaylist(await stream.get(file)))
  const { target, segments } = readMediaPlaylist(await stream.get('video.m3u8'))
  assert.deepEqual([target, segments.map(({ duration }) => Math.round(duration))], [10, [10, 10, 10, 10, 5]])
  const { number = 0, parts = [] } = segments.at(-1) ?? {}
  const reload = stream.get(`video.m3u8?_HLS_msn=${number}&_HLS_part=${parts.length}`)
  await eventually(async () => assert.equal(await stream.server.blocked(), 1))
  stream.sendUntil(46)
  assert.ok((readMediaPlaylist(await reload).segments.at(-1)?.parts.length ?? 0) > parts.length)
  stream.sendUntil(300)
  // Three segments must be listed, one is open, and some may still be asked for: 75 MB have come.
  await holdsAtMost(30 * MIB, before)
})

test('of a stream whose key frames stop who watches goes on, who comes waits for one, and HLS goes on with the sound', async () => {
  const before = heldNow()
  await using stream = await onAir((message) => !isKey(message) || message.timestamp === 0)
  stream.sendUntil(15)
  const early = await stream.hub.watch()
  // Without the key frame of the tenth second.
  assert.equal(early.tags.filter(([type]) => type === VIDEO).length, 15 * PICTURES_A_SECOND)
  assert.match(await stream.get('index.m3u8'), /CODECS="avc1/)
  assert.equal(readMediaPlaylist(await stream.get('video.m3u8')).segments.length, 1)
  early.leave()
  early.writes.length = 0
  stream.sendUntil(300)
  const late = await stream.hub.watch()
  assert.deepEqual(late.tags, [])
  await holdsAtMost(30 * MIB, before)
  assert.doesNotMatch(await stream.get('index.m3u8'), /avc1/)
  const sound = readMediaPlaylist(await stream.get('audio.m3u8'))
  checkPlaylist(sound)
  assert.ok(sound.segments.length >= 20)
  stream.sink.write({ type: VIDEO, timestamp: 300_000, payload: avc(true, 10_000) })
  stream.sendUntil(302)
  assert.equal(late.tags[0]?.[0], VIDEO)
  assert.match(await stream.get('index.m3u8'), /CODECS="avc1/)
})

test('of a stream that never has a key frame HLS has the sound after a while, and nothing is kept for viewers', async () => {
  const before = heldNow()
  await using stream = await onAir((message) => !isKey(message))
  stream.sendUntil(5)
  const playlist = stream.get('index.m3u8')
  await eventually(async () => assert.equal(await stream.server.blocked(), 1))
  const viewer = await stream.hub.watch()
  stream.sendUntil(23)
  assert.match(await playlist, /CODECS="mp4a\.40\.2"/)
  checkPlaylist(readMediaPlaylist(await stream.get('audio.m3u8')))
  assert.deepEqual(viewer.tags, [])
  stream.sendUntil(300)
  await holdsAtMost(10 * MIB, before)
})
