import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { aacConfig, avcConfig, avcKey } from './support/frames.ts'
import { mediaServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'

const portOf = (url: string) => Number(new URL(url).port)

test('streams are told, one by one too, and can be ended', async () => {
  await using server = await mediaServer()
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('key', 'a/b')
  publisher.send(
    message(9, avcConfig(), { streamId: 1 }),
    message(8, aacConfig(), { streamId: 1 }),
    message(9, avcKey(), { streamId: 1 }),
  )
  using viewer = await RtmpPeer.open(portOf(server.rtmp))
  await viewer.play('key', 'a/b')
  await eventually(async () => assert.deepEqual((await server.streams())[0]?.codecs, ['avc1', 'mp4a']))
  const one = `${server.http}/v1/streams/a%2Fb/key`
  const { since, publishedAt, bitsPerSecond, ...rest } = (await (await fetch(one)).json()) as Record<string, unknown>
  assert.deepEqual(rest, {
    name: 'a/b/key',
    onAir: true,
    publisher: { protocol: 'rtmp' },
    viewers: 1,
    codecs: ['avc1', 'mp4a'],
  })
  assert.ok(Number(bitsPerSecond) > 0)
  for (const date of [since, publishedAt]) assert.ok(!Number.isNaN(Date.parse(String(date))))
  assert.equal((await fetch(one, { method: 'DELETE' })).status, 204)
  assert.match((await publisher.status(/Failed/)).description, /operator/)
  await Promise.all([publisher.closed(), viewer.closed()])
  for (const method of ['GET', 'DELETE']) assert.equal((await fetch(one, { method })).status, 404)
})

test('who listens is told what is on air, and what becomes of it', async () => {
  await using server = await mediaServer({ GRACE_SECONDS: '0' })
  const [answer] = (await once(get(`${server.http}/v1/streams/events`), 'response')) as [IncomingMessage]
  let told = ''
  answer.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  await eventually(() => assert.match(told, /event: streams\ndata: \{"streams":\[\]\}/))
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('key')
  await eventually(() => assert.match(told, /"name":"live\/key","onAir":true/))
  publisher.socket.destroy()
  await eventually(() => assert.match(told, /"name":"live\/key".*\{"streams":\[\]\}/s))
})

test('metrics count what happens, and no label names a stream', async () => {
  await using server = await mediaServer({ GRACE_SECONDS: '0' })
  using publisher = await RtmpPeer.open(portOf(server.rtmp))
  await publisher.publish('secret-name')
  publisher.send(message(9, avcKey(1000), { streamId: 1 }))
  using viewer = await RtmpPeer.open(portOf(server.rtmp))
  await viewer.play('secret-name')
  await eventually(async () => {
    const text = await (await fetch(`${server.ops}/metrics`)).text()
    for (const line of [
      /^livepods_streams 1$/m,
      /^livepods_viewers\{protocol="rtmp"\} 1$/m,
      /^livepods_publishes_total\{protocol="rtmp",result="accepted"\} \d/m,
      /^livepods_received_media_bytes_total 1\d{3}/m,
      /^livepods_sent_media_bytes_total\{protocol="rtmp"\} 1\d{3}/m,
      /^livepods_rtmp_connections 2$/m,
    ])
      assert.match(text, line)
    assert.doesNotMatch(text, /secret-name/)
  })
})
