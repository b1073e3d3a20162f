import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { type AmfObject, encodeAmf, isAmfObject } from '../src/amf0.ts'
import { flvFraming } from '../src/flv/tags.ts'
import { Hub } from '../src/hub/hub.ts'
import { frame } from '../src/hub/message.ts'
import { loadEngine } from '../src/rtmp/engine.ts'
import { testEngines } from './support/engines.ts'
import { FakeClock } from './support/fake-clock.ts'
import { aacConfig, aacFrame, audio, avcConfig, avcFrame, avcKey, video } from './support/frames.ts'
import { Pipe } from './support/pipe.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'
import { SEGMENTS } from './support/segments.ts'
import { TestViewer } from './support/viewer.ts'

const onMedia = (type: number, payload: Buffer, timestamp = 0) =>
  message(type, payload, { streamId: 1, timestamp, chunkStream: type === 9 ? 6 : 4 })

testEngines(
  'what is published is played: metadata, configurations, then from the last key frame on, with times from 0',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
    const metadata = encodeAmf('onMetaData', { width: 1280, height: 720 })
    publisher.send(
      message(18, Buffer.concat([encodeAmf('@setDataFrame'), metadata]), { streamId: 1 }),
      onMedia(9, avcConfig()),
      onMedia(8, aacConfig()),
      onMedia(9, avcKey(1), 5000),
      onMedia(9, avcFrame(), 5040),
      onMedia(9, avcKey(2), 5080),
      onMedia(8, aacFrame(), 5090),
    )
    await eventually(() => assert.equal(server.hub.list()[0]?.width, 1280))
    await eventually(() => assert.ok((server.hub.list()[0]?.bitsPerSecond ?? 0) > 0))
    using viewer = await RtmpPeer.open(server.port)
    assert.equal((await viewer.play('key')).code, 'NetStream.Play.Start')
    publisher.send(onMedia(9, avcFrame(300), 5120))
    await eventually(() => assert.equal(viewer.media().length, 6))
    const seen = viewer.media().map(({ type, timestamp, payload }) => [type, timestamp, payload.toString('hex')])
    const hex = (payload: Buffer) => payload.toString('hex')
    assert.deepEqual(seen, [
      [18, 80, hex(metadata)],
      [9, 80, hex(avcConfig())],
      [8, 80, hex(aacConfig())],
      [9, 80, hex(avcKey(2))],
      [8, 90, hex(aacFrame())],
      [9, 120, hex(avcFrame(300))],
    ])
  },
)

testEngines(
  'a peer that does not wait for the answer to publish loses nothing of what it sends behind it',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    publisher.send(
      message(20, encodeAmf('connect', 1, { app: 'live' })),
      message(20, encodeAmf('createStream', 2, null)),
      message(20, encodeAmf('publish', 3, null, 'key'), { streamId: 1 }),
      onMedia(9, avcConfig()),
      onMedia(9, avcKey(100_000)),
    )
    await publisher.status(/Publish.Start/)
    using viewer = await RtmpPeer.open(server.port)
    await viewer.play('key')
    await eventually(() => assert.equal(viewer.media().at(-1)?.payload.length, 100_005))
  },
)

for (const [title, app, key, name] of [
  ['the usual form', { app: 'live', tcUrl: 'rtmp://h/live' }, 'key', 'live/key'],
  ['a query behind the key', { app: 'live' }, 'key?token=1&x', 'live/key'],
  ['a query behind the app', { app: 'live?token=1' }, 'key', 'live/key'],
  ['an app of two parts', { app: 'a/b' }, 'key', 'a/b/key'],
  ['an app with a slash at its end', { app: 'live/' }, 'key', 'live/key'],
  ['a key with the rest of the path', { app: 'a' }, 'b/key', 'a/b/key'],
  ['no app, only a tcUrl', { tcUrl: 'rtmp://h:1935/live' }, 'key', 'live/key'],
  ['no app, and a tcUrl with a query', { tcUrl: 'rtmp://h/live?token=1' }, '/key', 'live/key'],
] as const)
  testEngines(`an encoder may say its stream by ${title}`, async (engine) => {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    assert.equal((await publisher.publish(key, app)).code, 'NetStream.Publish.Start')
    assert.deepEqual(
      server.hub.list().map((stream) => stream.name),
      [name],
    )
  })

testEngines('a key that makes no name is refused with a sentence, and the connection ends', async (engine) => {
  for (const key of ['', 'a b', '../x', 'x'.repeat(129), 'a/b/c/d', 12, null, undefined, {}]) {
    await using server = await rtmpServer({ engine })
    using publisher = await RtmpPeer.open(server.port)
    const { level, code, description } = await publisher.publish(key)
    assert.deepEqual([level, code], ['error', 'NetStream.Publish.BadName'])
    assert.match(description, /app\/key/)
    await publisher.closed()
  }
})

testEngines('a stream that nobody publishes is not found, and the connection ends', async (engine) => {
  await using server = await rtmpServer({ engine })
  using viewer = await RtmpPeer.open(server.port)
  assert.equal((await viewer.play('key')).code, 'NetStream.Play.StreamNotFound')
  await viewer.closed()
})

testEngines(
  'the second of two live publishers is told BadName before anything starts, and the first goes on',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    using first = await RtmpPeer.open(server.port)
    await first.publish('key')
    using second = await RtmpPeer.open(server.port)
    const { code, description } = await second.publish('key')
    assert.equal(code, 'NetStream.Publish.BadName')
    assert.match(description, /already/)
    await second.closed()
    first.send(onMedia(9, avcConfig()))
    await eventually(() => assert.deepEqual(server.hub.list()[0]?.codecs, ['avc1']))
  },
)

testEngines('neither a player nor who was refused can bring media into a stream', async (engine) => {
  await using server = await rtmpServer({ engine })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  using viewer = await RtmpPeer.open(server.port)
  await viewer.play('key')
  using refused = await RtmpPeer.open(server.port)
  await refused.publish('key')
  for (const intruder of [viewer, refused]) intruder.send(onMedia(9, avcConfig()), onMedia(9, avcKey()))
  viewer.send(message(20, encodeAmf('deleteStream', 0, null, 1)))
  await viewer.call('releaseStream', null)
  assert.deepEqual(server.hub.list()[0]?.codecs, [])
  assert.equal(server.hub.list()[0]?.onAir, true)
})

testEngines('a publisher that says that it stops frees its name at once, as one does that hangs up', async (engine) => {
  await using server = await rtmpServer({ engine, hub: { graceMs: 1 } })
  for (const leave of [
    (peer: RtmpPeer) => peer.send(message(20, encodeAmf('deleteStream', 0, null, 1))),
    (peer: RtmpPeer) => peer.send(message(20, encodeAmf('FCUnpublish', 0, null, 'key'))),
    (peer: RtmpPeer) => peer.socket.destroy(),
    (peer: RtmpPeer) => peer.socket.resetAndDestroy(),
  ]) {
    using publisher = await RtmpPeer.open(server.port)
    assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
    leave(publisher)
    await eventually(() => assert.deepEqual(server.hub.list(), []))
  }
})

testEngines('a connection that says nothing ends', async (engine) => {
  await using server = await rtmpServer({ engine, listener: { silentMs: 50 } })
  using silent = await RtmpPeer.open(server.port)
  await silent.closed()
})

testEngines('the server says what it passes on to who speaks Enhanced RTMP, and to nobody else', async (engine) => {
  await using server = await rtmpServer({ engine })
  using plain = await RtmpPeer.open(server.port)
  assert.ok(!JSON.stringify(await plain.connect()).includes('fourCcList'))
  using enhanced = await RtmpPeer.open(server.port)
  const [properties] = await enhanced.connect({ app: 'live', fourCcList: ['hvc1'] })
  assert.ok(isAmfObject(properties))
  assert.deepEqual(properties.fourCcList, ['*'])
})

testEngines('pings are answered, and bytes acknowledged', async (engine) => {
  await using server = await rtmpServer({ engine })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  publisher.send(
    message(5, Buffer.of(0, 2, 0, 0)),
    message(4, Buffer.of(0, 6, 1, 2, 3, 4)),
    onMedia(9, avcKey(200_000)),
  )
  await eventually(() => {
    const pong = publisher.messages.find(({ type, payload }) => type === 4 && payload[1] === 7)
    assert.deepEqual(pong?.payload, Buffer.of(0, 7, 1, 2, 3, 4))
    const acknowledged = publisher.messages.find(({ type }) => type === 3)?.payload.readUInt32BE() ?? 0
    assert.ok(acknowledged > 60_000)
  })
})

testEngines('a viewer is told that the stream has ended, and its connection ends', async (engine) => {
  await using server = await rtmpServer({ engine, hub: { graceMs: 1 } })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  using viewer = await RtmpPeer.open(server.port)
  await viewer.play('key')
  publisher.socket.destroy()
  await viewer.status(/^NetStream\.Play\.UnpublishNotify$/)
  await viewer.closed()
})

testEngines(
  'a viewer who takes nothing from its socket is cut off, and one beside it misses nothing',
  async (engine) => {
    const clock = new FakeClock()
    await using server = await rtmpServer({ engine, hub: { clock } })
    using publisher = await RtmpPeer.open(server.port)
    await publisher.publish('key')
    using stalled = await RtmpPeer.open(server.port)
    await stalled.play('key')
    using well = await RtmpPeer.open(server.port)
    await well.play('key')
    stalled.socket.pause()
    let sent = 0
    while (server.hub.list()[0]?.viewers === 2) {
      publisher.send(onMedia(9, avcKey(200_000)))
      sent++
      await eventually(() => {
        clock.advance(0)
        assert.equal(well.media().length, sent)
      })
      clock.advance(1000)
      // The end of a socket is told in a turn of its own.
      await setImmediate()
    }
    assert.equal(server.hub.list()[0]?.viewers, 1)
    assert.ok(sent > 20)
  },
)

testEngines('the messages of an aggregate arrive as those that are sent one by one', async (engine) => {
  await using server = await rtmpServer({ engine })
  using publisher = await RtmpPeer.open(server.port)
  await publisher.publish('key')
  const tags = frame(flvFraming, [video(900, avcKey()), audio(910, aacFrame()), video(940, avcFrame())])
  const cutOff = frame(flvFraming, [video(980, avcFrame())]).subarray(0, 20)
  publisher.send(onMedia(9, avcConfig()), onMedia(8, aacConfig()), onMedia(22, Buffer.concat([tags, cutOff]), 5000))
  await eventually(() => assert.deepEqual(server.hub.list()[0]?.codecs, ['avc1', 'mp4a']))
  using viewer = await RtmpPeer.open(server.port)
  await viewer.play('key')
  await eventually(() => assert.equal(viewer.media().length, 5))
  assert.deepEqual(
    viewer
      .media()
      .slice(2)
      .map(({ type, timestamp, payload }) => [type, timestamp, payload]),
    [
      [9, 0, avcKey()],
      [8, 10, aacFrame()],
      [9, 40, avcFrame()],
    ],
  )
})

testEngines('an encoder that stops may publish again on its connection, another name too', async (engine) => {
  await using server = await rtmpServer({ engine, hub: { graceMs: 0 } })
  using publisher = await RtmpPeer.open(server.port)
  for (const key of ['one', 'two', 'one']) {
    await (publisher.messages.length === 0 ? publisher.connect() : publisher.call('createStream', null))
    publisher.send(message(20, encodeAmf('publish', 5, null, key, 'live'), { streamId: 1 }), onMedia(9, avcConfig()))
    await eventually(() =>
      assert.deepEqual(
        server.hub.list().map(({ name, codecs }) => [name, ...codecs]),
        [[`live/${key}`, 'avc1']],
      ),
    )
    publisher.send(
      message(20, encodeAmf('FCUnpublish', 6, null, key)),
      message(20, encodeAmf('deleteStream', 7, null, 1)),
    )
    await eventually(() => assert.deepEqual(server.hub.list(), []))
  }
})

testEngines('a publisher whose bytes come one by one is on air with all that it sent', async (engine) => {
  const log = createLog('test', 'silent')
  const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 0, ...SEGMENTS })
  const Session = await loadEngine(engine)
  const pipe = new Pipe()
  const running = new Session(pipe, { streams: hub, client: 'x', log }).run()
  const send = async (bytes: Buffer) => {
    for (const byte of bytes) {
      pipe.push(Buffer.of(byte))
      // Else the next one is read with it.
      await setImmediate()
    }
  }
  await send(
    Buffer.concat([
      Buffer.of(3),
      Buffer.alloc(2 * 1536),
      message(20, encodeAmf('connect', 1, { app: 'live' })),
      message(20, encodeAmf('createStream', 2, null)),
      message(20, encodeAmf('publish', 3, null, 'key'), { streamId: 1 }),
      onMedia(9, avcConfig()),
      onMedia(9, avcKey(300), 40),
    ]),
  )
  const viewer = new TestViewer()
  await hub.play({ name: 'live/key', protocol: 'http-flv', client: 'x' }, viewer.subscriber)
  await send(onMedia(9, avcFrame(200), 80))
  await eventually(() => assert.equal(viewer.tags.length, 3))
  assert.deepEqual(viewer.tags, [
    [9, 0, avcConfig().length],
    [9, 0, avcKey(300).length],
    [9, 40, avcFrame(200).length],
  ])
  pipe.push(null)
  await running
  hub.close()
})

testEngines(
  'who sends FCPublish is answered with onFCPublish once it is on air, as FMLE waits for it, and never when it is refused',
  async (engine) => {
    await using server = await rtmpServer({ engine })
    const publish = async (peer: RtmpPeer) => {
      await peer.connect()
      await peer.call('releaseStream', null, 'key')
      await peer.call('FCPublish', null, 'key')
      peer.send(message(20, encodeAmf('publish', 5, null, 'key', 'live'), { streamId: 1 }))
      const { code } = await peer.status(/^NetStream\.Publish/)
      return { code, answers: peer.commands().map(([name]) => name) }
    }
    using first = await RtmpPeer.open(server.port)
    const { code, answers } = await publish(first)
    assert.equal(code, 'NetStream.Publish.Start')
    assert.deepEqual(answers.slice(-2), ['onFCPublish', 'onStatus'])
    const onFcPublish = first.commands().find(([name]) => name === 'onFCPublish')
    assert.equal((onFcPublish?.[3] as AmfObject | undefined)?.code, 'NetStream.Publish.Start')
    using second = await RtmpPeer.open(server.port)
    const refused = await publish(second)
    assert.equal(refused.code, 'NetStream.Publish.BadName')
    assert.ok(!refused.answers.includes('onFCPublish'))
    using plain = await RtmpPeer.open(server.port)
    await plain.publish('other')
    assert.ok(!plain.commands().some(([name]) => name === 'onFCPublish'))
  },
)
