import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually, spawnService } from '@livepods/testing'
import { testEngines } from './support/engines.ts'
import { publish, publishPicture, sample } from './support/ffmpeg.ts'
import { avcConfig, avcKey } from './support/frames.ts'
import { mediaServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)
const VIEWERS = 100
const file = await sample()

test('a server that stops with 100 viewers of each kind, some of whom read nothing, ends within five seconds', async () => {
  const environment = { PORT: '0', RTMP_PORT: '0', DRAIN_SECONDS: '0', STOP_WITHIN_SECONDS: '5' }
  await using service = await spawnService(MAIN, environment)
  await service.ready()
  const [, http, rtmp] = await service.said(/"http":(\d+),"rtmp":(\d+)/)
  using publisher = await RtmpPeer.open(Number(rtmp))
  await publisher.publish('key')
  publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(1_500_000), { streamId: 1 }))
  const watch = async (_: unknown, viewer: number) => {
    const peer = await RtmpPeer.open(Number(rtmp))
    await peer.play('key')
    peer.socket.removeAllListeners('data')
    const flv = connect(Number(http), '127.0.0.1').on('error', () => {})
    flv.write('GET /live/key.flv HTTP/1.1\r\nHost: x\r\n\r\n')
    for (const socket of [peer.socket, flv]) if (viewer % 10 > 0) socket.resume()
    await once(new WebSocket(`ws://127.0.0.1:${http}/live/key.flv`), 'open')
  }
  await Promise.all(Array.from({ length: VIEWERS }, watch))
  await eventually(async () => {
    const { viewers } = (await (await fetch(`http://127.0.0.1:${http}/v1/streams/live/key`)).json()) as {
      viewers: number
    }
    assert.equal(viewers, 3 * VIEWERS)
  })
  assert.equal(await service.stop(), 0)
  assert.match(service.output(), /"stopped"/)
})

test('a server that stops with 100 viewers of HLS, who wait for the next part or read nothing, ends within five seconds', async () => {
  const environment = { PORT: '0', RTMP_PORT: '0', DRAIN_SECONDS: '0', STOP_WITHIN_SECONDS: '5' }
  await using service = await spawnService(MAIN, environment)
  await service.ready()
  const [, http, rtmp] = await service.said(/"http":(\d+),"rtmp":(\d+)/)
  using _encoder = publishPicture(`rtmp://127.0.0.1:${rtmp}/live/key`)
  const url = `http://127.0.0.1:${http}/live/key`
  const get = async (file: string) => {
    const answer = await fetch(`${url}/${file}`)
    return { status: answer.status, text: await answer.text() }
  }
  const newest = async () => Number(/(\d+)\.m4s\n(?!.*EXTINF)/s.exec((await get('video-plain.m3u8')).text)?.[1])
  await eventually(async () => assert.ok((await newest()) > 0))
  let answers = 0
  const watch = async () => {
    // Until the server refuses.
    for (;;) {
      const { status } = await get(`video.m3u8?_HLS_msn=${(await newest()) + 2}`)
      if (status === 200) answers++
      else assert.ok(status === 400 || status === 503, String(status))
    }
  }
  const segment = `/live/key/video-${await newest()}.m4s`
  for (let viewer = 0; viewer < VIEWERS; viewer++) {
    const stalled = connect(Number(http), '127.0.0.1').on('error', () => {})
    stalled.write(`GET ${segment} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50))
  }
  const watching = Promise.allSettled(Array.from({ length: VIEWERS }, watch))
  await eventually(() => assert.ok(answers > VIEWERS))
  assert.equal(await service.stop(), 0)
  assert.match(service.output(), /"stopped"/)
  for (const { status } of await watching) assert.equal(status, 'rejected')
})

testEngines('two servers run in one process, each with streams of its own', async (engine) => {
  await using one = await mediaServer({ RTMP_ENGINE: engine })
  await using other = await mediaServer({ RTMP_ENGINE: engine })
  using encoder = publish(file, `${one.rtmp}/live/key`)
  await eventually(async () => assert.equal((await one.streams()).length, 1))
  assert.deepEqual(await other.streams(), [])
  encoder.process.kill('SIGKILL')
})

testEngines('a port of RTMP that is taken is said to who starts the server', async (engine) => {
  await using one = await rtmpServer({ engine })
  await assert.rejects(rtmpServer({ engine, listener: { port: one.port } }), { code: 'EADDRINUSE' })
})

test('an engine whose package is not installed ends with 78, and says what to do', async () => {
  await using service = await spawnService(MAIN, {
    PORT: '0',
    RTMP_PORT: '0',
    RTMP_ENGINE: 'node-media-server',
    NODE_OPTIONS: `--import=${new URL('support/without-node-media-server.ts', import.meta.url).href}`,
  })
  assert.equal(await service.exited, 78)
  assert.match(service.output(), /RTMP_ENGINE is .*not installed: .*pnpm install.*builtin/)
})

test('a bad environment names every fault and ends with 78', async () => {
  await using service = await spawnService(MAIN, { PORT: 'x', BATCH_MS: '-1', PUBLISH_CONFLICT: 'maybe' })
  assert.equal(await service.exited, 78)
  for (const name of ['PORT', 'BATCH_MS', 'PUBLISH_CONFLICT']) assert.match(service.output(), new RegExp(name))
})
