import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { encodeAmf } from '../src/amf0.ts'
import { ENGINES, testEngine, testEngines } from './support/engines.ts'
import { aacConfig, avcConfig, avcFrame, avcKey } from './support/frames.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { type RtmpServer, rtmpServer } from './support/rtmp-server.ts'

const command = (...values: Parameters<typeof encodeAmf>) => message(20, encodeAmf(...values), { streamId: 1 })
const raw = (...bytes: (number[] | Buffer)[]) => Buffer.concat(bytes.map((part) => Buffer.from(part)))
const text = (value: string) => encodeAmf(value)

/** A header of a chunk that says that so many bytes follow, and none do. */
function promise(chunkStream: number, length: number): Buffer {
  const header = Buffer.alloc(14)
  header[0] = 1
  header.writeUInt16LE(chunkStream - 64, 1)
  header.writeUIntBE(length, 6, 3)
  header[9] = 9
  return header
}

/** 15 000 objects, each the member of the one before. */
const NESTED = Buffer.concat(Array.from({ length: 15_000 }, () => Buffer.from([3, 0, 1, 97])))

/** What ends the connection of who sends it, and nothing else. */
const FATAL: [title: string, Buffer | ((peer: RtmpPeer) => Promise<void>)][] = [
  ['an AMF type that there is not', message(20, raw(text('connect'), [77]))],
  ['an AMF object that is cut off', message(20, raw(text('connect'), [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 97]))],
  ['15 000 nested AMF objects', message(20, raw(text('connect'), NESTED))],
  ['an AMF array with a false length', message(20, raw(text('connect'), [10, 255, 255, 255, 255]))],
  ['an AMF text with a false length', message(20, raw(text('connect'), [12, 255, 255, 255, 255]))],
  ['5000 AMF values', message(20, Buffer.alloc(5000, 5))],
  ['a message of 16 MB before it publishes', promise(64, 16_000_000)],
  ['a message of 9 MB while it publishes', async (peer) => publishing(peer, promise(64, 9_000_000))],
  [
    '60 messages that never end',
    async (peer) => publishing(peer, ...Array.from({ length: 60 }, (_, id) => promise(64 + id, 8_000_000))),
  ],
  [
    '65 000 chunk streams',
    async (peer) => publishing(peer, ...Array.from({ length: 65_000 }, (_, id) => promise(64 + id, 1))),
  ],
  [
    'a message within another one',
    raw(message(9, avcFrame(300)).subarray(0, 12 + 128), [0x40 | 3, 0, 0, 0, 0, 0, 1, 9]),
  ],
  ['a chunk stream that begins without a header', raw([0xc5, 0, 0, 0])],
  ['chunks of 0 bytes', message(1, Buffer.alloc(4))],
  ['chunks of a negative size', message(1, Buffer.alloc(4, 255))],
  ['a chunk size that is cut off', message(1, Buffer.alloc(2))],
  ['publish before connect', command('publish', 1, null, 'key')],
  ['play before connect', command('play', 1, null, 'key')],
  ['a second connect', raw(command('connect', 1, { app: 'live' }), command('connect', 2, { app: 'live' }))],
  ['a second name on one connection', async (peer) => publishing(peer, command('publish', 5, null, 'other'))],
  ['play by who publishes', async (peer) => publishing(peer, command('play', 5, null, 'good'))],
]

/** What is odd, and no reason to end anything. */
const HARMLESS: [title: string, Buffer][] = [
  ['video of no bytes', message(9, Buffer.alloc(0), { streamId: 1 })],
  ['audio of no bytes', message(8, Buffer.alloc(0), { streamId: 1 })],
  ['metadata of no bytes', message(18, Buffer.alloc(0), { streamId: 1 })],
  ['metadata that is no AMF', message(18, raw(text('onMetaData'), [77, 1, 2, 3]), { streamId: 1 })],
  ['metadata that nests 15 000 objects', message(18, raw(text('onMetaData'), NESTED), { streamId: 1 })],
  ['a command that nobody knows', command('doWhatIMean', 7, null)],
  ['a command that is a number', command(12, 7, null)],
  ['a message of a type that there is not', message(99, Buffer.alloc(10))],
  ['a ping that is cut off', message(4, Buffer.of(0, 6, 1))],
  ['a window size that is cut off', message(5, Buffer.of(0))],
  ['an abort of a chunk stream that there is not', message(2, Buffer.of(0, 0, 0, 77))],
  [
    'Enhanced RTMP that is cut off',
    raw(...Array.from({ length: 16 }, (_, type) => message(9, Buffer.of(0x90 | type), { streamId: 1 }))),
  ],
  ['ModEx whose size leads outside', message(9, Buffer.of(0x97, 255, 255, 255, 1), { streamId: 1 })],
]

async function publishing(peer: RtmpPeer, ...messages: Buffer[]): Promise<void> {
  await peer.publish('bad')
  peer.send(...messages)
}

for (const engine of ENGINES)
  describe(`while others publish and watch, and ${engine} reads`, () => {
    let server: RtmpServer
    let publisher: RtmpPeer
    let viewer: RtmpPeer

    before(async () => {
      server = await rtmpServer({ engine, hub: { graceMs: 0 } })
      publisher = await RtmpPeer.open(server.port)
      await publisher.publish('good')
      publisher.send(message(9, avcConfig(), { streamId: 1 }), message(8, aacConfig(), { streamId: 1 }))
      viewer = await RtmpPeer.open(server.port)
      await viewer.play('good')
    })
    after(async () => {
      for (const peer of [publisher, viewer]) peer[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    })

    /** The publisher is on air, its viewer gets what it sends, and no other stream is left. */
    async function othersGoOn(): Promise<void> {
      const count = viewer.media().length
      publisher.send(message(9, avcKey(), { streamId: 1 }))
      await eventually(() => assert.ok(viewer.media().length > count))
      await eventually(() =>
        assert.deepEqual(
          server.hub.list().map(({ name }) => name),
          ['live/good'],
        ),
      )
    }

    for (const [title, bad] of FATAL)
      testEngine(engine, `${title} ends the connection that sends it, and frees its name`, async () => {
        using peer = await RtmpPeer.open(server.port)
        if (typeof bad === 'function') await bad(peer)
        else peer.send(bad)
        await peer.closed()
        await othersGoOn()
      })

    for (const [title, odd] of HARMLESS)
      testEngine(engine, `${title} is passed over`, async () => {
        using peer = await RtmpPeer.open(server.port)
        await publishing(peer, odd)
        // What comes behind it is read.
        peer.send(message(9, avcConfig(20), { streamId: 1 }))
        await eventually(() => assert.deepEqual(server.hub.get('live/bad')?.codecs, ['avc1']))
        peer.socket.destroy()
        await othersGoOn()
      })

    testEngine(engine, 'a peer that speaks something else ends at once', async () => {
      for (const words of ['GET / HTTP/1.1\r\n\r\n', '\x06'.repeat(2000), '\x16\x03\x01']) {
        const socket = connect(server.port, '127.0.0.1')
        socket.write(words)
        await once(socket.resume(), 'close')
      }
      await othersGoOn()
    })

    test(`${engine} writes nothing to the console`, async (context) => {
      const write = context.mock.method(console, 'log')
      using peer = await RtmpPeer.open(server.port)
      await publishing(peer, command('doWhatIMean', 7, null), message(20, raw(text('connect'), [77])))
      await peer.closed()
      assert.equal(write.mock.callCount(), 0)
    })

    testEngine(engine, 'memory that was promised and never came is not taken', async () => {
      const peers: RtmpPeer[] = []
      for (let count = 0; count < 50; count++) {
        const peer = await RtmpPeer.open(server.port)
        peers.push(peer)
        peer.send(...Array.from({ length: 4 }, (_, id) => promise(64 + id, 60_000)))
      }
      await othersGoOn()
      assert.ok(process.memoryUsage().rss < 600e6)
      for (const peer of peers) peer.socket.destroy()
    })
  })

testEngines('packets of Enhanced RTMP that say nothing do not take the place of a configuration', async (engine) => {
  await using server = await rtmpServer({ engine })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  const media = (type: number, payload: Buffer) => message(type, payload, { streamId: 1 })
  const sequenceEnd = Buffer.concat([Buffer.of(0x92), Buffer.from('avc1')])
  publisher.send(
    media(9, avcConfig()),
    media(8, aacConfig()),
    media(9, avcKey()),
    media(9, sequenceEnd),
    media(8, Buffer.of(0x92)),
  )
  publisher.send(message(18, encodeAmf('onMetaData', { width: 7 }), { streamId: 1 }))
  await eventually(() => assert.equal(server.hub.list()[0]?.width, 7))
  using viewer = await RtmpPeer.open(server.port)
  await viewer.play('key')
  await eventually(() => assert.equal(viewer.media().length, 4))
  assert.deepEqual(
    viewer
      .media()
      .slice(1)
      .map(({ payload }) => payload),
    [avcConfig(), aacConfig(), avcKey()],
  )
})

testEngines(
  'metadata that changes while it is on air reaches those who watch, and those who come later',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    await publisher.publish('key')
    publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
    await eventually(() => assert.equal(server.hub.list()[0]?.codecs.length, 1))
    using early = await RtmpPeer.open(server.port)
    await early.play('key')
    const metadata = encodeAmf('onMetaData', { width: 640 })
    publisher.send(message(15, Buffer.concat([Buffer.of(0), encodeAmf('@setDataFrame'), metadata]), { streamId: 1 }))
    await eventually(() => assert.deepEqual(early.media().at(-1)?.payload, metadata))
    using late = await RtmpPeer.open(server.port)
    await late.play('key')
    await eventually(() => assert.deepEqual(late.media()[0]?.payload, metadata))
  },
)

testEngines('chunk streams with ids of two and three bytes, and timestamps of four, are read', async (engine) => {
  await using server = await rtmpServer({ engine })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  const wide = (id: number[], whole: Buffer) => Buffer.concat([Buffer.from(id), whole.subarray(1)])
  publisher.send(
    wide([0, 10], message(9, avcConfig(), { streamId: 1, chunkStream: 0 })),
    wide([1, 10, 10], message(9, avcKey(), { streamId: 1, chunkStream: 0, timestamp: 0xffffff + 5 })),
  )
  await eventually(() => assert.equal(server.hub.list()[0]?.codecs.length, 1))
  using viewer = await RtmpPeer.open(server.port)
  await viewer.play('key')
  await eventually(() => assert.equal(viewer.media().length, 2))
})

testEngines(
  'an extended timestamp that an encoder does not repeat in later chunks is no part of its media',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    await publisher.publish('key')
    const payload = Buffer.concat([Buffer.of(0x17, 1, 0, 0, 0), Buffer.alloc(300, 0xab)])
    const repeated = message(9, payload, { streamId: 1, timestamp: 0x01020304 })
    const time = Buffer.of(1, 2, 3, 4)
    const unrepeated = Buffer.concat([
      repeated.subarray(0, 16 + 128),
      Buffer.of(0xc3),
      payload.subarray(128, 256),
      Buffer.of(0xc3),
      payload.subarray(256),
    ])
    assert.ok(repeated.includes(time, 16 + 128))
    publisher.send(message(9, avcConfig(), { streamId: 1 }), repeated, unrepeated, repeated)
    await eventually(() => assert.equal(server.hub.list()[0]?.codecs.length, 1))
    using viewer = await RtmpPeer.open(server.port)
    await viewer.play('key')
    await eventually(() => assert.ok(viewer.media().length >= 2))
    publisher.send(unrepeated)
    await eventually(() => assert.ok(viewer.media().length >= 3))
    for (const { payload: seen } of viewer.media().slice(1)) assert.deepEqual(seen, payload)
  },
)
