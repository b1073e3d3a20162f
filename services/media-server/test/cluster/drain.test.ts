import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { TestCluster } from '../support/cluster.ts'
import { publishForever, segmented } from '../support/ffmpeg.ts'
import { avcConfig, avcKey } from '../support/frames.ts'
import { RoundRobin } from '../support/round-robin.ts'
import { message, RtmpPeer } from '../support/rtmp-peer.ts'
import { textOf, watchFlv } from '../support/watch.ts'

const file = await segmented()

test('a replica that stops has its publisher move, and its viewers see what goes on elsewhere until they leave', async () => {
  await using cluster = await TestCluster.start(3, { STOP_WITHIN_SECONDS: '60' })
  await cluster.together()
  const encoder = publishForever(file, `${cluster.at(0).rtmp}/live/key`)
  const urls = cluster.replicas.map(({ http }) => `${http}/live/key`)
  await eventually(async () => void (await Promise.all(urls.map((url) => textOf(`${url}/video.m3u8`)))))
  await using viewer = await watchFlv(urls[0] as string)
  const players = new RoundRobin(() => urls)
  players.start()
  const stopping = cluster.at(0).service.stop()
  await encoder.ended
  await eventually(async () => assert.equal((await fetch(`${cluster.at(0).service.ops}/readyz`)).status, 503))
  using _next = publishForever(file, `${cluster.at(1).rtmp}/live/key`)
  const before = players.newest
  const messages = viewer.messages
  await eventually(() => assert.ok(players.newest >= before + 4 && viewer.messages > messages + 50))
  await players.stop()
  assert.deepEqual(players.faults, [])
  assert.equal(viewer.isOver, false)
  await viewer[Symbol.asyncDispose]()
  assert.equal(await stopping, 0)
})

test('an encoder that can be asked to reconnect is asked, and its old connection ends once it publishes elsewhere', async () => {
  await using cluster = await TestCluster.start(2, { STOP_WITHIN_SECONDS: '60' })
  await cluster.together()
  using publisher = await RtmpPeer.open(cluster.at(0).rtmpPort)
  const app = { app: 'live', tcUrl: 'rtmp://h/live', capsEx: 1, fourCcList: ['*'] }
  assert.equal((await publisher.publish('key', app)).code, 'NetStream.Publish.Start')
  publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
  const stopping = cluster.at(0).service.stop()
  assert.equal((await publisher.status(/ReconnectRequest/)).level, 'status')
  using refused = await RtmpPeer.open(cluster.at(0).rtmpPort)
  assert.equal((await refused.publish('other')).code, 'NetStream.Publish.Failed')
  using again = await RtmpPeer.open(cluster.at(1).rtmpPort)
  assert.equal((await again.publish('key', app)).code, 'NetStream.Publish.Start')
  await publisher.closed()
  assert.equal(await stopping, 0)
})

test('a replica that is alone stops at once', async () => {
  await using cluster = await TestCluster.start(1, { STOP_WITHIN_SECONDS: '600' })
  using _encoder = publishForever(file, `${cluster.at(0).rtmp}/live/key`)
  await eventually(async () => void (await textOf(`${cluster.at(0).http}/live/key/video.m3u8`)))
  assert.equal(await cluster.at(0).service.stop(), 0)
})
