import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { encodeAmf } from '../src/amf0.ts'
import { testEngines } from './support/engines.ts'
import { aacConfig, aacFrame, audio, avcConfig, avcKey } from './support/frames.ts'
import { mediaServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'
import { TestHub } from './support/test-hub.ts'
import { identifier, query } from './support/xiu-api.ts'

/*
 * What users of xiu have met, and where it is shown that it is not here. Those without a test of their own elsewhere are below.
 *  1 example files that do not parse, exit 0: xiu-config.test.ts
 *  2 a question about no stream freezes the server: xiu-api.test.ts
 *  3 a hook that hangs stalls every stream: hooks.test.ts
 *  4 a name is taken for ever after an error: below; rtmp-session.test.ts, vanished.test.ts, fuzz.test.ts
 *  5 a relay dies for good: cluster/takeover.test.ts, cluster/cluster.test.ts, cluster/feed-sender.test.ts
 *  6 a miss ends the relay: there are no relays, xiu-config.test.ts and xiu-api.test.ts
 *  7 any viewer ends a stream: below; rtmp-session.test.ts
 *  8 segments are written to one folder and read from another: hls.test.ts (what is listed can be had), xiu-config.test.ts (hls.path)
 *  9 playlists that lie: hls.test.ts, window.test.ts, timeline.test.ts; on_hls: hooks.test.ts
 * 10 memory without limits: below; hub.test.ts, xiu-api.test.ts (the list of clients)
 * 11 counted twice, or not at all: xiu-api.test.ts; metadata: below
 * 12 paths that end the server: http-flv.test.ts, fuzz-http.test.ts
 * 13 signals, health, metrics, image: media-server.test.ts, stream-routes.test.ts, docker/test
 * 14 manifests that select nothing: k8s/test
 */

const onMedia = (type: number, payload: Buffer, timestamp = 0) => message(type, payload, { streamId: 1, timestamp })
const portOf = (url: string) => Number(new URL(url).port)
/** A chunk of an unknown chunk stream that leaves out its header. */
const BROKEN = Buffer.of(0xc0 | 37, 1, 2, 3)
const HEVC_CONFIG = Buffer.of(0x1c, 0, 0, 0, 0, 1, 2, 3)

testEngines('a name is free again at once after its publisher sent what cannot be read', async (engine) => {
  await using server = await rtmpServer({ engine })
  for (let time = 0; time < 3; time++) {
    using publisher = await RtmpPeer.open(server.port)
    assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
    publisher.send(onMedia(9, avcConfig()), onMedia(9, avcKey()), BROKEN)
    await publisher.closed()
    await eventually(() => assert.equal(server.hub.list()[0]?.onAir, false))
  }
})

test('a codec that cannot be packaged ends neither its publisher nor its name', async () => {
  await using server = await mediaServer()
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('key')
  publisher.send(onMedia(9, HEVC_CONFIG), onMedia(9, avcConfig()), onMedia(9, avcKey()))
  using viewer = await RtmpPeer.open(portOf(server.rtmp))
  await viewer.play('key')
  await eventually(() => assert.ok(viewer.media().length > 0))
  assert.equal((await server.streams())[0]?.onAir, true)
})

test('nobody ends a stream by WHIP, or by the commands of a publisher on the connection of a viewer', async () => {
  await using server = await mediaServer()
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('key')
  publisher.send(onMedia(9, avcConfig()), onMedia(9, avcKey()))
  for (const command of ['deleteStream', 'closeStream', 'FCUnpublish']) {
    using viewer = await RtmpPeer.open(portOf(server.rtmp))
    await viewer.play('key')
    viewer.send(message(20, encodeAmf(command, 0, null, command === 'deleteStream' ? 1 : 'key')))
    await viewer.call('releaseStream', null)
  }
  for (const method of ['DELETE', 'POST'])
    assert.equal((await fetch(`${server.http}/whip?app=live&stream=key&session_id=1`, { method })).status, 404)
  const { error_code } = await (await query(server.http, '/api/query_stream', { identifier: identifier('key') })).json()
  assert.equal(error_code, 0)
  using viewer = await RtmpPeer.open(portOf(server.rtmp))
  await viewer.play('key')
  publisher.send(onMedia(9, avcKey(), 40))
  await eventually(() => assert.equal(viewer.media().length, 3))
})

test('a stream of sound alone keeps little for who comes, however long it is', async () => {
  const hub = new TestHub()
  const sink = await hub.on()
  sink.write(audio(0, aacConfig()))
  for (let frame = 0; frame < 20_000; frame++) sink.write(audio(frame * 23, aacFrame(100)))
  const kept = hub.at('live/key')?.joinMessages ?? []
  assert.ok(kept.length > 0 && kept.length < 100, String(kept.length))
})

test('metadata in the midst of a stream reaches who watches, and who comes later', async () => {
  await using server = await mediaServer()
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('key')
  publisher.send(onMedia(9, avcConfig()), onMedia(9, avcKey()))
  using early = await RtmpPeer.open(portOf(server.rtmp))
  await early.play('key')
  await eventually(() => assert.equal(early.media().length, 2))
  publisher.send(onMedia(18, encodeAmf('@setDataFrame', 'onMetaData', { title: 'another' }), 40))
  const hasTitle = (peer: RtmpPeer) =>
    assert.ok(peer.media().some(({ type, payload }) => type === 18 && payload.includes('another')))
  await eventually(() => hasTitle(early))
  using late = await RtmpPeer.open(portOf(server.rtmp))
  await late.play('key')
  await eventually(() => hasTitle(late))
})
