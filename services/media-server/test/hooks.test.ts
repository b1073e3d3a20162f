import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLog } from '@livepods/service'
import { eventually, testTokens } from '@livepods/testing'
import { encodeAmf } from '../src/amf0.ts'
import { AdmittedStreams } from '../src/clients/admitted-streams.ts'
import { HookQueue, type HookQueueOptions } from '../src/hooks/hook-queue.ts'
import { Hooks, type HooksOptions } from '../src/hooks/hooks.ts'
import { publishPicture } from './support/ffmpeg.ts'
import { avcConfig, avcFrame, avcKey } from './support/frames.ts'
import { hookReceiver } from './support/hook-receiver.ts'
import { mediaServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'
import { NAME, TestHub } from './support/test-hub.ts'

const log = createLog('test', 'silent')
const SECRET = 'shared'
const FRAMES = 50
/** No test waits for it: where a hook is to stall, it stalls for the whole test. */
const NEVER_MS = 3_600_000

const portOf = (url: string) => Number(new URL(url).port)

/** All hooks of a server, at paths of this receiver. */
const environmentOf = (url: string) => ({
  HOOK_ON_PUBLISH: `${url}/publish`,
  HOOK_ON_UNPUBLISH: `${url}/unpublish`,
  HOOK_ON_PLAY: `${url}/play`,
  HOOK_ON_STOP: `${url}/stop`,
  HOOK_ANSWER_MS: '60000',
})

const hooksOf = (url: string, options: Partial<HooksOptions> = {}) =>
  new Hooks({
    urls: { publish: `${url}/publish`, unpublish: `${url}/unpublish`, play: `${url}/play`, stop: `${url}/stop` },
    secret: undefined,
    fail: 'closed',
    answerWithinMs: NEVER_MS,
    log,
    backoff: { baseMs: 1, maxMs: 2 },
    ...options,
  })

const key = (streamId = 1) => message(9, avcKey(), { streamId })

describe('a hook that is asked', () => {
  test('hears of a publisher before it is on air, as xiu says it, as signed JSON, and of the end with the same id', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer({ ...environmentOf(receiver.url), HOOK_SECRET: SECRET })
    receiver.isStalled = true
    using publisher = await RtmpPeer.open(portOf(server.rtmp))
    const publishing = publisher.publish('key?token=abc&more=1', 'live/two')
    await eventually(() => assert.equal(receiver.waiting(), 1))
    assert.deepEqual(await server.streams(), [])
    const { headers, body = '' } = receiver.received[0] ?? {}
    const { id } = JSON.parse(body).Publish.info
    assert.deepEqual(JSON.parse(body), {
      Publish: {
        identifier: { rtmp: { app_name: 'live/two', stream_name: 'key' } },
        info: {
          id,
          pub_type: 'RtmpPush',
          notify_info: { request_url: '/live/two/key?token=abc&more=1', remote_addr: '127.0.0.1' },
        },
      },
    })
    assert.equal(headers?.['content-type'], 'application/json')
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
    assert.equal(headers?.['x-hub-signature-256'], signature)
    receiver.isStalled = false
    receiver.release()
    assert.equal((await publishing).code, 'NetStream.Publish.Start')
    assert.deepEqual(
      (await server.streams()).map(({ name }) => name),
      ['live/two/key'],
    )
    publisher.socket.destroy()
    assert.deepEqual(await receiver.events('/unpublish', 1), [{ event: 'UnPublish', id }])
  })

  test('refuses with any other answer than 200, and is told of nobody who never came', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer(environmentOf(receiver.url))
    receiver.answers = [204, 302, 403, 500]
    for (let count = receiver.answers.length; count > 0; count--) {
      using refused = await RtmpPeer.open(portOf(server.rtmp))
      const { code, description } = await refused.publish('key')
      assert.deepEqual([code, description], ['NetStream.Publish.Unauthorized', 'You may not publish this stream.'])
      await refused.closed()
    }
    using publisher = await RtmpPeer.open(portOf(server.rtmp))
    assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
    publisher.send(message(9, avcConfig(), { streamId: 1 }), key())
    receiver.answers = [403]
    using viewer = await RtmpPeer.open(portOf(server.rtmp))
    assert.equal((await viewer.play('key')).code, 'NetStream.Play.Unauthorized')
    receiver.answers = [404]
    assert.equal((await fetch(`${server.http}/live/key.flv`)).status, 403)
    assert.deepEqual(
      receiver.received.filter(({ path }) => path === '/unpublish' || path === '/stop'),
      [],
    )
  })

  test('hears nothing of viewers of what nobody publishes', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer(environmentOf(receiver.url))
    for (const file of ['key.flv', 'key/index.m3u8'])
      assert.equal((await fetch(`${server.http}/live/${file}`)).status, 404)
    assert.deepEqual(receiver.received, [])
  })

  test('is not told tokens of ours, which were checked before', async () => {
    await using tokens = await testTokens()
    await using receiver = await hookReceiver()
    await using server = await mediaServer({ ...environmentOf(receiver.url), ACCESS_TOKENS_FILE: tokens.file })
    const token = tokens.headers.submit.authorization.slice('Bearer '.length)
    using stranger = await RtmpPeer.open(portOf(server.rtmp))
    assert.equal((await stranger.publish('key?token=another')).code, 'NetStream.Publish.Unauthorized')
    assert.deepEqual(receiver.received, [])
    using publisher = await RtmpPeer.open(portOf(server.rtmp))
    assert.equal((await publisher.publish(`key?a=1&tok%65n=${token}`)).code, 'NetStream.Publish.Start')
    const [{ body } = { body: '' }] = receiver.received
    assert.equal(JSON.parse(body).Publish.info.notify_info.request_url, '/live/key?a=1')
    assert.ok(!body.includes(token))
  })

  test('lets nobody in when it cannot be reached, or everybody with HOOK_FAIL=open', async () => {
    const receiver = await hookReceiver()
    const environment = { HOOK_ON_PUBLISH: receiver.url }
    await receiver[Symbol.asyncDispose]()
    for (const [policy, code] of [
      ['closed', 'NetStream.Publish.Unauthorized'],
      ['open', 'NetStream.Publish.Start'],
    ] as const) {
      await using server = await mediaServer({ ...environment, HOOK_FAIL: policy })
      using publisher = await RtmpPeer.open(portOf(server.rtmp))
      assert.equal((await publisher.publish('key')).code, code)
    }
  })

  test('that does not answer in time counts as one that cannot be reached', async () => {
    await using receiver = await hookReceiver()
    receiver.isStalled = true
    const event = { id: '1', request: { name: NAME, protocol: 'rtmp', client: 'x' }, hidesToken: false } as const
    await using closed = hooksOf(receiver.url, { answerWithinMs: 20 })
    await assert.rejects(closed.ask('publish', event), { code: 'UNAUTHORIZED', message: /gives no answer/ })
    await using open = hooksOf(receiver.url, { answerWithinMs: 20, fail: 'open' })
    await open.ask('play', event)
    // Nobody goes on waiting for it.
    await eventually(() => assert.equal(receiver.waiting(), 0))
  })

  test('and stalls leaves other streams alone: they go on, and begin, while one waits', async () => {
    await using receiver = await hookReceiver()
    await using hooks = hooksOf(receiver.url)
    await using server = await rtmpServer({ wrap: (hub) => new AdmittedStreams(hub, { hooks, hidesTokens: false }) })
    using publisher = await RtmpPeer.open(server.port)
    await publisher.publish('other')
    publisher.send(message(9, avcConfig(), { streamId: 1 }), key())
    using viewer = await RtmpPeer.open(server.port)
    await viewer.play('other')
    await eventually(() => assert.ok(viewer.media().length > 0))
    const before = viewer.media().length
    receiver.isStalled = true
    using waiting = await RtmpPeer.open(server.port)
    const publishing = waiting.publish('stalled')
    publishing.catch(() => {})
    await eventually(() => assert.equal(receiver.waiting(), 1))
    for (let frame = 1; frame <= FRAMES; frame++)
      publisher.send(message(9, avcFrame(), { streamId: 1, timestamp: frame * 40 }))
    await eventually(() => assert.equal(viewer.media().length, before + FRAMES))
    assert.equal(receiver.waiting(), 1)
    assert.equal(server.hub.get('live/stalled'), undefined)
    // A hook that answers this one is not behind the one that waits.
    receiver.isStalled = false
    using next = await RtmpPeer.open(server.port)
    assert.equal((await next.publish('next')).code, 'NetStream.Publish.Start')
    assert.equal(receiver.waiting(), 1)
    receiver.release()
    assert.equal((await publishing).code, 'NetStream.Publish.Start')
  })

  test('counts no viewer that has gone before its answer', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer(environmentOf(receiver.url))
    using publisher = await RtmpPeer.open(portOf(server.rtmp))
    await publisher.publish('key')
    publisher.send(message(9, avcConfig(), { streamId: 1 }), key())
    receiver.isStalled = true
    using viewer = await RtmpPeer.open(portOf(server.rtmp))
    const gone = new WebSocket(`${server.http.replace('http', 'ws')}/live/key.flv`)
    await viewer.connect()
    viewer.send(message(20, encodeAmf('play', 4, null, 'key'), { streamId: 1 }))
    const leaving = new AbortController()
    const request = fetch(`${server.http}/live/key.flv`, { signal: leaving.signal })
    request.catch(() => {})
    await eventually(() => assert.equal(receiver.waiting(), 3))
    gone.close()
    viewer.socket.destroy()
    leaving.abort()
    receiver.isStalled = false
    receiver.release()
    const came = await receiver.events('/play', 3)
    const left = await receiver.events('/stop', 3)
    assert.deepEqual(left.map(({ id }) => id).sort(), came.map(({ id }) => id).sort())
    assert.equal((await server.streams())[0]?.viewers, 0)
  })
})

describe('viewers of HLS', () => {
  const play = { name: NAME, protocol: 'cmaf', client: '192.0.2.1' } as const

  test('are asked for once, each address and token for itself, and again when refused', async () => {
    await using receiver = await hookReceiver()
    await using hooks = hooksOf(receiver.url)
    const hub = new TestHub()
    await hub.on()
    using streams = new AdmittedStreams(hub, { hooks, hidesTokens: false })
    await Promise.all(Array.from({ length: 100 }, () => streams.present(play)))
    await streams.present({ ...play, token: 'one' })
    assert.equal(receiver.received.length, 2)
    const { info } = JSON.parse(receiver.received[0]?.body ?? '').Subscribe
    assert.equal(info.sub_type, 'RtmpRemux2Hls')
    receiver.answers = [403, 200]
    const other = { ...play, client: '192.0.2.2' }
    await assert.rejects(streams.present(other), { code: 'UNAUTHORIZED' })
    await streams.present(other)
    await streams.present(other)
    assert.equal(receiver.received.length, 4)
  })

  test('get no file while they are refused, and all with one answer afterwards', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer({ HOOK_ON_PLAY: `${receiver.url}/play` })
    using _encoder = publishPicture(`${server.rtmp}/live/key`)
    await eventually(async () => assert.equal((await server.streams()).length, 1))
    const statusOf = async (file: string) => (await fetch(`${server.http}/live/key/${file}`)).status
    const files = [
      'index.m3u8',
      'video.m3u8',
      'manifest.mpd',
      'snapshot.mp4',
      'video-1.m4s',
      'video-1.0.m4s',
      'video-x.mp4',
    ]
    receiver.answers = files.map(() => 403)
    for (const file of files) assert.equal(await statusOf(file), 403, file)
    assert.equal(receiver.received.length, files.length)
    await eventually(async () => assert.equal(await statusOf('video.m3u8'), 200))
    for (const file of ['index.m3u8', 'manifest.mpd', 'snapshot.mp4']) assert.equal(await statusOf(file), 200, file)
    assert.equal(receiver.received.length, files.length + 1)
  })

  test('have left when they ask for nothing any more', async () => {
    await using receiver = await hookReceiver()
    await using hooks = hooksOf(receiver.url)
    const hub = new TestHub()
    await hub.on()
    using streams = new AdmittedStreams(hub, { hooks, hidesTokens: false, idleMs: 20 })
    await streams.present(play)
    const [came] = await receiver.events('/play', 1)
    assert.deepEqual(await receiver.events('/stop', 1), [{ event: 'UnSubscribe', id: came?.id }])
    await streams.present(play)
    await receiver.events('/play', 2)
  })
})

describe('the hook of segments', () => {
  interface Told {
    OnHls: {
      identifier: object
      segment: { duration: number; discontinuity: boolean; name: string; path: string; is_eof: boolean }
    }
  }

  test('is told each of them in order, as xiu says it, and the last one of each track at the end', async () => {
    await using receiver = await hookReceiver()
    await using server = await mediaServer({ HOOK_ON_HLS: receiver.url, GRACE_SECONDS: '0' })
    using encoder = publishPicture(`${server.rtmp}/live/key`)
    const told = () => receiver.received.map(({ body }) => (JSON.parse(body) as Told).OnHls)
    const of = (kind: string) => told().filter(({ segment }) => segment.name.startsWith(kind))
    await eventually(() => assert.ok(of('video').length >= 3 && of('audio').length >= 3))
    const [first] = of('video')
    assert.deepEqual(first?.identifier, { rtmp: { app_name: 'live', stream_name: 'key' } })
    const newest = of('video').at(-1)?.segment
    const segment = await fetch(`${server.http}${newest?.path}`)
    assert.equal(segment.status, 200)
    assert.ok((await segment.arrayBuffer()).byteLength > 0)
    encoder.process.kill('SIGKILL')
    await eventually(() => assert.equal(told().filter(({ segment: { is_eof } }) => is_eof).length, 2))
    for (const kind of ['video', 'audio']) {
      const segments = of(kind).map((each) => each.segment)
      const [last, before] = [segments.at(-1), segments.at(-2)]
      assert.deepEqual(last, { ...before, is_eof: true })
      const numbers = segments.slice(0, -1).map(({ name }) => Number(/\d+/.exec(name)?.[0]))
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (numbers[0] ?? 0) + index),
      )
      for (const { duration, path, name, discontinuity } of segments) {
        assert.ok(Number.isInteger(duration) && duration > 0, String(duration))
        assert.deepEqual([path, discontinuity], [`/live/key/${name}`, false])
      }
    }
  })
})

describe('a hook that is told', () => {
  test('is told again after a failure, in order, until it is refused', async () => {
    await using receiver = await hookReceiver()
    await using queue = queueOf(receiver.url)
    receiver.answers = [503, 429, 200, 404, 200]
    for (const number of [1, 2, 3]) queue.add({ number })
    await eventually(() => assert.equal(receiver.received.length, 5))
    assert.deepEqual(
      receiver.received.map(({ body }) => JSON.parse(body).number),
      [1, 1, 1, 2, 3],
    )
  })

  test('is waited for by nobody; of more than may wait the oldest are dropped', async () => {
    await using receiver = await hookReceiver()
    receiver.isStalled = true
    await using queue = queueOf(receiver.url, { maxWaiting: 2 })
    queue.add({ number: 0 })
    await eventually(() => assert.equal(receiver.waiting(), 1))
    for (const number of [1, 2, 3, 4]) queue.add({ number })
    receiver.isStalled = false
    receiver.release()
    await eventually(() => assert.equal(receiver.received.length, 3))
    assert.deepEqual(
      receiver.received.map(({ body }) => JSON.parse(body).number),
      [0, 3, 4],
    )
  })

  test('hears of those who leave as the server stops', async () => {
    await using receiver = await hookReceiver()
    {
      await using server = await mediaServer(environmentOf(receiver.url))
      using publisher = await RtmpPeer.open(portOf(server.rtmp))
      await publisher.publish('key')
    }
    await receiver.events('/unpublish', 1)
  })

  test('and does not answer does not keep the server from stopping', async () => {
    await using receiver = await hookReceiver()
    receiver.isStalled = true
    const warnings: object[] = []
    const listening = createLog('test', 'silent')
    listening.warn = (fields: object) => void warnings.push(fields)
    const backoff = { baseMs: NEVER_MS, maxMs: NEVER_MS }
    const queue = queueOf(receiver.url, { answerWithinMs: 20, backoff, log: listening })
    for (let number = 0; number < 100; number++) queue.add({ number })
    await queue[Symbol.asyncDispose]()
    const [{ dropped } = { dropped: 0 }] = warnings as { dropped: number }[]
    assert.deepEqual([warnings.length, dropped], [1, 100])
  })
})

function queueOf(url: string, options: Partial<HookQueueOptions> = {}): HookQueue {
  const backoff = { baseMs: 1, maxMs: 2 }
  return new HookQueue({
    hook: 'stop',
    webhook: { url, service: 'media-server' },
    log,
    answerWithinMs: NEVER_MS,
    backoff,
    ...options,
  })
}
