import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { publishPicture } from './support/ffmpeg.ts'
import { aacConfig, avcConfig, avcKey } from './support/frames.ts'
import { hookReceiver } from './support/hook-receiver.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'
import { identifier, idsOf, query, type XiuStream } from './support/xiu-api.ts'

const portOf = ({ rtmp }: RunningServer) => Number(new URL(rtmp).port)

async function onAir(server: RunningServer, key = 'key'): Promise<RtmpPeer> {
  const publisher = await RtmpPeer.open(portOf(server))
  await publisher.publish(key)
  publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
  return publisher
}

async function watch(server: RunningServer, key = 'key'): Promise<RtmpPeer> {
  const viewer = await RtmpPeer.open(portOf(server))
  await viewer.play(key)
  return viewer
}

const kick = async ({ http }: RunningServer, uuid: string) => await query(http, '/api/kick_off_client', { uuid })

test('streams are described as xiu describes them', async () => {
  await using server = await mediaServer()
  using _encoder = publishPicture(`${server.rtmp}/live/key`)
  await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 2))
  using _viewer = await watch(server)
  const [stream] = await eventually(async () => {
    const { error_code, desp, data } = await (await query(server.http, '/api/query_whole_streams')).json()
    assert.deepEqual([error_code, desp], [0, 'succ'])
    const [{ publisher }] = data as [XiuStream]
    assert.ok(publisher.video.gop > 0 && publisher.video.profile !== '' && publisher.audio.profile !== '')
    return data as [XiuStream]
  })
  const { publisher, subscribers, ...counts } = stream
  const { id, start_time, video, audio, ...rest } = publisher
  assert.ok(id !== '' && !Number.isNaN(Date.parse(start_time)))
  assert.deepEqual(Object.keys(video), [
    'codec',
    'profile',
    'level',
    'width',
    'height',
    'bitrate(kbits/s)',
    'frame_rate',
    'gop',
  ])
  assert.deepEqual(
    [video.codec, video.profile, video.width, video.height, video.gop],
    ['H264', 'Baseline', 320, 180, 25],
  )
  assert.match(video.level, /^\d\.\d$/)
  const { 'bitrate(kbits/s)': soundRate, ...sound } = audio
  assert.deepEqual(sound, { sound_format: 'AAC', profile: 'LC', samplerate: 44_100, channels: 1 })
  assert.ok(soundRate > 0)
  assert.deepEqual(Object.keys(rest), ['identifier', 'remote_address', 'recv_bitrate(kbits/s)'])
  assert.deepEqual([rest.identifier, rest.remote_address], [identifier('key'), '127.0.0.1'])
  const [[viewerId, viewer] = []] = Object.entries(subscribers)
  assert.deepEqual(Object.keys(viewer ?? {}), [
    'id',
    'start_time',
    'remote_address',
    'sub_type',
    'send_bitrate(kbits/s)',
    'total_send_bytes(kbits/s)',
  ])
  assert.deepEqual([viewer?.id, viewer?.sub_type], [viewerId, 'RtmpPull'])
  assert.deepEqual(Object.keys(counts), ['subscriber_count', 'total_recv_bytes', 'total_send_bytes'])
  assert.equal(counts.subscriber_count, 1)
  assert.ok(counts.total_recv_bytes > 0)
})

test('a stream that nobody publishes is a sentence at once, and others go on', async () => {
  await using server = await mediaServer()
  const none = await (await query(server.http, '/api/query_whole_streams')).json()
  assert.deepEqual(none, { error_code: 0, desp: 'succ', data: {} })
  using publisher = await onAir(server)
  for (const body of [
    { identifier: identifier('none') },
    { identifier: identifier('none'), uuid: '1' },
    { identifier: { rtsp: { stream_path: 'live/key' } } },
    { identifier: { rtmp: { app_name: '../..', stream_name: '"' } } },
  ]) {
    const { error_code, desp, data } = await (await query(server.http, '/api/query_stream', body)).json()
    assert.deepEqual([error_code, desp], [-1, 'failed'])
    assert.match(String(data), /Nobody publishes|named as those of rtmp/)
  }
  for (const body of [{}, { identifier: {} }, { identifier: identifier('key'), more: 1 }, 'x'])
    assert.equal((await query(server.http, '/api/query_stream', body)).status, 400)
  using viewer = await watch(server)
  publisher.send(message(9, avcKey(), { streamId: 1, timestamp: 40 }))
  await eventually(() => assert.ok(viewer.media().length > 1))
})

test('of the viewers of one stream those are told who are asked for', async () => {
  await using server = await mediaServer()
  using _publisher = await onAir(server)
  using _other = await onAir(server, 'other')
  using _one = await watch(server)
  using _two = await watch(server)
  const ask = async (uuid?: string) => {
    const body = { identifier: identifier('key'), ...(uuid !== undefined && { uuid }) }
    const { data } = await (await query(server.http, '/api/query_stream', body)).json()
    return (data as [XiuStream])[0]
  }
  const { publisher, subscribers } = await ask()
  const [first = ''] = Object.keys(subscribers)
  assert.equal(Object.keys(subscribers).length, 2)
  assert.deepEqual(Object.keys((await ask(first)).subscribers), [first])
  assert.deepEqual((await ask(publisher.id)).subscribers, {})
  const top = await (await query(server.http, '/api/query_whole_streams?top=1')).json()
  assert.deepEqual(
    (top.data as XiuStream[]).map((stream) => stream.publisher.identifier),
    [identifier('key')],
  )
})

test('a viewer is ended by its id, once, and counted once; the others stay', async () => {
  await using server = await mediaServer()
  using publisher = await onAir(server)
  using one = await watch(server)
  const { viewers } = await idsOf(server.http)
  using two = await watch(server)
  const answer = await kick(server, viewers[0] ?? '')
  assert.deepEqual([answer.status, await answer.text()], [200, 'ok'])
  await one.closed()
  assert.equal((await kick(server, viewers[0] ?? '')).status, 404)
  const { viewers: left } = await idsOf(server.http)
  assert.equal(left.length, 1)
  assert.equal((await server.streams())[0]?.viewers, 1)
  const before = two.media().length
  publisher.send(message(9, avcKey(), { streamId: 1, timestamp: 40 }))
  await eventually(() => assert.ok(two.media().length > before))
})

test('a viewer of FLV, also over WebSocket, is ended by its id', async () => {
  await using server = await mediaServer()
  using _publisher = await onAir(server)
  const flv = await fetch(`${server.http}/live/key.flv`)
  const webSocket = new WebSocket(`${server.http.replace('http', 'ws')}/live/key.flv`)
  await once(webSocket, 'open')
  const { viewers } = await idsOf(server.http)
  assert.equal(viewers.length, 2)
  const closed = once(webSocket, 'close')
  for (const id of viewers) assert.equal((await kick(server, id)).status, 200)
  await Promise.all([flv.arrayBuffer(), closed])
  assert.deepEqual((await idsOf(server.http)).viewers, [])
})

test('a publisher is ended by its id, and may come again', async () => {
  await using server = await mediaServer({ GRACE_SECONDS: '60' })
  using publisher = await onAir(server)
  const { publisher: id } = await idsOf(server.http)
  assert.equal((await kick(server, id)).status, 200)
  assert.match((await publisher.status(/Failed/)).description, /operator/)
  await publisher.closed()
  assert.equal((await server.streams())[0]?.onAir, false)
  using _again = await onAir(server)
  const { publisher: next } = await idsOf(server.http)
  assert.notEqual(next, id)
})

test('a viewer of HLS that was ended gets no file, and others do', async () => {
  await using server = await mediaServer({ TRUST_PROXY: '127.0.0.1' })
  using _publisher = await onAir(server)
  const from = async (client: string) => {
    const answer = await fetch(`${server.http}/live/key/snapshot.mp4`, { headers: { 'x-forwarded-for': client } })
    await answer.arrayBuffer()
    return answer.status
  }
  await from('192.0.2.1')
  const { viewers } = await idsOf(server.http)
  assert.equal(viewers.length, 1)
  assert.equal((await kick(server, viewers[0] ?? '')).status, 200)
  assert.equal(await from('192.0.2.1'), 403)
  assert.notEqual(await from('192.0.2.2'), 403)
})

test('the id is the one that hooks were told', async () => {
  await using receiver = await hookReceiver()
  await using server = await mediaServer({
    HOOK_ON_PUBLISH: `${receiver.url}/publish`,
    HOOK_ON_PLAY: `${receiver.url}/play`,
    HOOK_ON_STOP: `${receiver.url}/stop`,
  })
  using _publisher = await onAir(server)
  using viewer = await watch(server)
  const { publisher, viewers } = await idsOf(server.http)
  assert.deepEqual(await receiver.events('/publish', 1), [{ event: 'Publish', id: publisher }])
  const [played] = await receiver.events('/play', 1)
  assert.deepEqual([played?.id], viewers)
  assert.equal((await kick(server, played?.id ?? '')).status, 200)
  await viewer.closed()
  assert.deepEqual(await receiver.events('/stop', 1), [{ event: 'UnSubscribe', id: played?.id }])
})

test('what a viewer was sent counts sound, too', async () => {
  await using server = await mediaServer()
  using publisher = await onAir(server)
  using viewer = await watch(server)
  await eventually(() => assert.equal(viewer.media().length, 2))
  const sent = async () => {
    const { data } = await (await query(server.http, '/api/query_whole_streams')).json()
    return (data as [XiuStream])[0].total_send_bytes
  }
  const before = await sent()
  publisher.send(message(8, aacConfig(), { streamId: 1 }))
  for (let frame = 1; frame <= 10; frame++)
    publisher.send(
      message(8, Buffer.concat([Buffer.of(0xaf, 1), Buffer.alloc(1000)]), { streamId: 1, timestamp: frame }),
    )
  await eventually(async () => assert.ok((await sent()) - before >= 10_000))
})

test('relays are refused with a sentence, whatever their direction, and nothing waits', async () => {
  await using server = await mediaServer()
  for (const verb of ['start', 'stop'])
    for (const relay_type of ['Push', 'Pull']) {
      const body = { id: '1', identifier: identifier('key'), server_address: '127.0.0.1:1', relay_type }
      const answer = await query(server.http, `/api/${verb}_relay_stream`, body)
      assert.equal(answer.status, 501)
      const { error_code, data } = await answer.json()
      assert.equal(error_code, -1)
      assert.match(String(data), /MEDIA_PEERS/)
    }
})
