import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { publishPicture } from './support/ffmpeg.ts'
import { avcConfig, avcKey } from './support/frames.ts'
import { hookReceiver } from './support/hook-receiver.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'

const KEY = 'a key'
const md5Of = (streamName: string) => createHash('md5').update(`${KEY}${streamName}`).digest('hex')
const EVERYWHERE = (algorithm: string) => ['publish', 'rtmp', 'flv', 'hls'].map((use) => `${use}=${algorithm}`).join()

const SIMPLE = { STREAM_TOKENS: EVERYWHERE('simple'), STREAM_PASSWORD: 'p&ss w' }
const MD5 = { STREAM_TOKENS: EVERYWHERE('md5'), STREAM_TOKEN_KEY: KEY }

const portOf = ({ rtmp }: RunningServer) => Number(new URL(rtmp).port)

async function publishCode(server: RunningServer, key: string): Promise<string> {
  using peer = await RtmpPeer.open(portOf(server))
  return (await peer.publish(key)).code
}

async function playCode(server: RunningServer, key: string): Promise<string> {
  using peer = await RtmpPeer.open(portOf(server))
  return (await peer.play(key)).code
}

async function statusOf(url: string, method = 'GET'): Promise<number> {
  const answer = await fetch(url, { method })
  await answer.arrayBuffer()
  return answer.status
}

/** As a viewer or a publisher of FLV over WebSocket. */
async function webSocketOpens(url: string, protocols: string[] = []): Promise<boolean> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.onopen = () => resolve(true)
  socket.onerror = () => resolve(false)
  const opens = await promise
  socket.close()
  return opens
}

for (const [algorithm, environment, right, wrong] of [
  ['simple', SIMPLE, SIMPLE.STREAM_PASSWORD, 'password'],
  ['md5', MD5, md5Of('key'), md5Of('another')],
] as const)
  describe(`token= ${algorithm}`, () => {
    const query = (token: string) => `?${new URLSearchParams({ token })}`

    test('is asked of publishers and viewers of every protocol', async () => {
      await using server = await mediaServer(environment)
      for (const key of ['key', `key${query(wrong)}`, 'key?token='])
        assert.equal(await publishCode(server, key), 'NetStream.Publish.Unauthorized')
      for (const token of ['', query(wrong)]) {
        const answer = await fetch(`${server.http}/live/key.flv${token}`, { method: 'POST', body: 'FLV' })
        assert.equal(answer.status, 403)
        assert.equal(await webSocketOpens(`${server.http}/live/key.flv${token}`, ['publisher']), false)
      }
      assert.deepEqual(await server.streams(), [])
      using _encoder = publishPicture(`${server.rtmp}/live/key${query(right).replaceAll('+', '%20')}`)
      await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 2))
      for (const key of ['key', `key${query(wrong)}`])
        assert.equal(await playCode(server, key), 'NetStream.Play.Unauthorized')
      assert.equal(await playCode(server, `key${query(right)}`), 'NetStream.Play.Start')
      const files = [
        'key.flv',
        'key/index.m3u8',
        'key/key.m3u8',
        'key/video.m3u8',
        'key/manifest.mpd',
        'key/snapshot.mp4',
      ]
      for (const file of files) {
        const url = `${server.http}/live/${file}`
        for (const token of ['', query(wrong)]) assert.equal(await statusOf(url + token), 403, file)
        // FLV does not end; whoever may ask whether it is there may watch.
        const method = file.endsWith('.flv') ? 'HEAD' : 'GET'
        await eventually(async () => assert.equal(await statusOf(url + query(right), method), 200, file))
      }
      const flv = `${server.http}/live/key.flv`
      assert.equal(await webSocketOpens(flv), false)
      assert.equal(await webSocketOpens(flv + query(right)), true)
    })

    test('is asked for each segment of HLS, whose addresses have it in the playlist', async () => {
      await using server = await mediaServer(environment)
      using _encoder = publishPicture(`${server.rtmp}/live/key${query(right).replaceAll('+', '%20')}`)
      const url = `${server.http}/live/key`
      const segment = await eventually(async () => {
        const text = await (await fetch(`${url}/video-plain.m3u8${query(right)}`)).text()
        const [found] = /^video-\d+\.m4s.*$/m.exec(text) ?? []
        assert.ok(found, text)
        return found
      })
      assert.equal(await statusOf(`${url}/${segment}`), 200)
      assert.equal(await statusOf(`${url}/${segment.replace(/\?.*/, '')}`), 403)
    })
  })

test('a publisher may have a password of its own, which lets nobody watch', async () => {
  await using server = await mediaServer({ ...SIMPLE, STREAM_PASSWORD: 'watch', STREAM_PUBLISH_PASSWORD: 'publish' })
  assert.equal(await publishCode(server, 'key?token=watch'), 'NetStream.Publish.Unauthorized')
  using publisher = await RtmpPeer.open(portOf(server))
  assert.equal((await publisher.publish('key?token=publish')).code, 'NetStream.Publish.Start')
  publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
  assert.equal(await playCode(server, 'key?token=publish'), 'NetStream.Play.Unauthorized')
  assert.equal(await playCode(server, 'key?token=watch'), 'NetStream.Play.Start')
})

test('an output without a rule is open, or asks for access tokens where those are set', async () => {
  await using tokens = await testTokens()
  const environment = { STREAM_TOKENS: 'publish=md5,flv=md5', STREAM_TOKEN_KEY: KEY }
  const tokenOf = (role: 'read' | 'submit') => tokens.headers[role].authorization.slice('Bearer '.length)
  for (const [more, hls] of [
    [{}, 404],
    [{ ACCESS_TOKENS_FILE: tokens.file }, 401],
  ] as const) {
    await using server = await mediaServer({ ...environment, ...more })
    using publisher = await RtmpPeer.open(portOf(server))
    assert.equal((await publisher.publish(`key?token=${md5Of('key')}`)).code, 'NetStream.Publish.Start')
    assert.equal(await statusOf(`${server.http}/live/key/snapshot.mp4`), hls)
    assert.equal(await statusOf(`${server.http}/live/key.flv?token=${md5Of('key')}`, 'HEAD'), 200)
    // Access tokens are right, too, where there are any.
    const isIn = (await statusOf(`${server.http}/live/key.flv?token=${tokenOf('read')}`, 'HEAD')) === 200
    assert.equal(isIn, 'ACCESS_TOKENS_FILE' in more)
  }
})

test('who tries too many wrong ones waits, also with the right one; who had it right goes on', async () => {
  await using server = await mediaServer({ ...SIMPLE, TRUST_PROXY: '127.0.0.1' })
  const from = async (client: string, token: string) => {
    const answer = await fetch(`${server.http}/live/none.flv?token=${encodeURIComponent(token)}`, {
      headers: { 'x-forwarded-for': client },
    })
    return answer.status
  }
  const right = SIMPLE.STREAM_PASSWORD
  assert.equal(await from('192.0.2.1', right), 404)
  for (const client of ['192.0.2.1', '192.0.2.2'])
    for (let guess = 0; guess < 20; guess++) assert.equal(await from(client, `guess ${guess}`), 403)
  assert.equal(await from('192.0.2.2', 'another'), 429)
  assert.equal(await from('192.0.2.2', right), 429)
  assert.equal(await from('192.0.2.1', right), 404)
})

test('hooks are not told it', async () => {
  await using receiver = await hookReceiver()
  await using server = await mediaServer({ ...MD5, HOOK_ON_PUBLISH: receiver.url })
  assert.equal(await publishCode(server, `key?a=1&token=${md5Of('key')}`), 'NetStream.Publish.Start')
  const [{ body } = { body: '' }] = receiver.received
  assert.equal(JSON.parse(body).Publish.info.notify_info.request_url, '/live/key?a=1')
})
