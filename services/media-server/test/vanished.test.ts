import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { gauge } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { frame } from '../src/hub/message.ts'
import { streamServer } from './support/delivery-server.ts'
import { testEngines } from './support/engines.ts'
import { FakeClock } from './support/fake-clock.ts'
import { avcConfig, avcKey, video } from './support/frames.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'
import { NAME, TestHub } from './support/test-hub.ts'

/** A metric that is there already. */
const connections = gauge({ name: 'rtmp_connections', help: '-' })

/*
 * A machine that vanishes says nothing: no FIN comes, nothing is acknowledged, and the kernel tries for a quarter of an hour. To a server it
 * looks like one that is there, and neither reads nor writes.
 */

const WEBSOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]
const FLV = Buffer.concat([
  flvHeader({ audio: false, video: true }),
  frame(flvFraming, [video(0, avcConfig()), video(0, avcKey())]),
])

/** The head of a request, and what comes behind it, on a connection that is never read. */
async function ask(url: string, head: readonly string[], body: Buffer = Buffer.alloc(0)): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).pause()
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(Buffer.concat([Buffer.from([...head, 'Host: x', '', ''].join('\r\n')), body]))
  return socket
}

for (const [protocol, more] of [
  ['HTTP-FLV', []],
  ['WebSocket-FLV', WEBSOCKET],
] as const)
  test(`a viewer that vanished is cut off twenty seconds after it fell behind, with its socket (${protocol})`, async () => {
    const hub = new TestHub()
    const sink = await hub.on()
    await using server = await streamServer(hub)
    await using socket = await ask(server.url, [`GET /${NAME}.flv HTTP/1.1`, ...more])
    await eventually(() => assert.equal(hub.viewers, 1))
    const beside = await hub.watch()
    let sent = 0
    while (hub.viewers === 2) {
      sink.write(video(sent * 1000, avcKey(1_000_000)))
      sent++
      hub.clock.advance(1000)
      // The end of a socket is told in a turn of its own.
      await setImmediate()
    }
    // A second or two, and what fits into the buffers of the kernel, pass before it is behind.
    assert.ok(sent >= 20 && sent < 60, `${sent}`)
    assert.equal(beside.tags.length, sent)
    await eventually(async () => assert.equal(await server.connections(), 0))
    assert.equal(socket.closed, false)
  })

const POST = [`POST /${NAME}.flv HTTP/1.1`, 'Transfer-Encoding: chunked']
const chunk = Buffer.concat([Buffer.from(`${FLV.length.toString(16)}\r\n`), FLV, Buffer.from('\r\n')])
/** A binary frame from a client, whose mask changes nothing (RFC 6455, 5.2). */
const webSocketFrame = Buffer.concat([Buffer.of(0x82, 0x80 | 126, FLV.length >> 8, FLV.length & 255, 0, 0, 0, 0), FLV])

for (const [protocol, head, body] of [
  ['HTTP-FLV', POST, chunk],
  ['WebSocket-FLV', [`GET /${NAME}.flv HTTP/1.1`, ...WEBSOCKET, 'Sec-WebSocket-Protocol: publisher'], webSocketFrame],
] as const)
  test(`a publisher that vanished is closed after ten seconds, with its socket (${protocol})`, async () => {
    const hub = new TestHub({ graceMs: 0 })
    await using server = await streamServer(hub)
    await using socket = await ask(server.url, head, body)
    await eventually(() => assert.deepEqual(hub.list()[0]?.codecs, ['avc1']))
    hub.clock.advance(9999)
    assert.equal(hub.list().length, 1)
    hub.clock.advance(1)
    hub.clock.advance(0)
    assert.deepEqual(hub.list(), [])
    await eventually(async () => assert.equal(await server.connections(), 0))
    assert.equal(socket.closed, false)
  })

testEngines('a publisher that vanished is closed after ten seconds, with its socket', async (engine) => {
  const clock = new FakeClock()
  await using server = await rtmpServer({ engine, hub: { clock, graceMs: 0 } })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  publisher.socket.pause()
  publisher.send(message(9, avcConfig(), { streamId: 1 }))
  await eventually(() => assert.deepEqual(server.hub.list()[0]?.codecs, ['avc1']))
  clock.advance(10_000)
  clock.advance(0)
  assert.deepEqual(server.hub.list(), [])
  await eventually(async () => assert.equal((await connections.get()).values[0]?.value, 0))
  assert.equal(publisher.socket.closed, false)
})
