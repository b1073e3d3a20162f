import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { frame } from '../src/hub/message.ts'
import { framesOf, publish, sample } from './support/ffmpeg.ts'
import { avcConfig, avcKey, video } from './support/frames.ts'
import { mediaServer } from './support/media-server.ts'

const file = await sample()
const CONFIGURED = frame(flvFraming, [video(0, avcConfig()), video(0, avcKey())])
const HEADER = flvHeader({ audio: false, video: true })

/** Publishes these bytes over HTTP until it is ended. */
async function post(
  url: string,
  bytes: Buffer = Buffer.concat([HEADER, CONFIGURED]),
  headers: Record<string, string> = {},
) {
  const body = new TransformStream<Uint8Array, Uint8Array>()
  const writer = body.writable.getWriter()
  const answer = fetch(url, { method: 'POST', body: body.readable, headers, duplex: 'half' } as RequestInit)
  answer.catch(() => {})
  writer.write(bytes).catch(() => {})
  return { answer, writer, end: () => writer.close() }
}

describe('HTTP-FLV', () => {
  test('has the very frames that were published over RTMP', async () => {
    await using server = await mediaServer()
    using encoder = publish(file, `${server.rtmp}/live/key`)
    await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 2))
    assert.deepEqual(await framesOf(`${server.http}/live/key.flv`), await framesOf(file))
    assert.equal(await encoder.ended, '')
  })

  test('publishes what is posted, as ffmpeg does, and RTMP has the very frames', async () => {
    await using server = await mediaServer()
    using encoder = publish(file, `${server.http}/live/key.flv`, '-method', 'POST')
    await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 2))
    assert.deepEqual(await framesOf(`${server.rtmp}/live/key`), await framesOf(file))
    assert.equal(await encoder.ended, '')
  })

  test('of a stream that nobody publishes is 404 at once, with a sentence', async () => {
    await using server = await mediaServer()
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(`${server.http}/live/none.flv`, { method })
      assert.equal(answer.status, 404)
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    }
    const { detail } = (await (await fetch(`${server.http}/live/none.flv`)).json()) as { detail: string }
    assert.match(detail, /Nobody publishes live\/none/)
    for (const path of ['/x.flv', '/.flv', '/live/a%20b.flv', '/live/%2e%2e/x.flv', '/a/b/c/d/e.flv', '/live/a%00.flv'])
      assert.equal((await fetch(`${server.http}${path}`)).status, 404, path)
  })

  test('may be asked for by pages of other sites, and HEAD has its head alone', async () => {
    await using server = await mediaServer()
    const publisher = await post(`${server.http}/live/key.flv`)
    await eventually(async () => assert.equal((await server.streams()).length, 1))
    const head = await fetch(`${server.http}/live/key.flv`, { method: 'HEAD' })
    assert.deepEqual(
      ['content-type', 'access-control-allow-origin', 'cross-origin-resource-policy', 'content-length'].map((name) =>
        head.headers.get(name),
      ),
      ['video/x-flv', '*', 'cross-origin', null],
    )
    const preflight = await fetch(`${server.http}/live/key.flv`, { method: 'OPTIONS' })
    assert.equal(preflight.status, 204)
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/)
    assert.equal((await fetch(`${server.http}/live/key.flv`, { method: 'DELETE' })).status, 405)
    await publisher.end()
    assert.equal((await publisher.answer).status, 204)
  })

  test('ends for its viewers when the stream does', async () => {
    await using server = await mediaServer({ GRACE_SECONDS: '0' })
    const publisher = await post(`${server.http}/live/key.flv`)
    await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 1))
    const viewer = await fetch(`${server.http}/live/key.flv`)
    await publisher.end()
    const bytes = Buffer.from(await viewer.arrayBuffer())
    assert.deepEqual([...new FlvReader().read(bytes)], [video(0, avcConfig()), video(0, avcKey())])
  })

  test('refuses a name that is taken with 409, what is no FLV with 400, and a page of another site with 403', async () => {
    await using server = await mediaServer({ GRACE_SECONDS: '0' })
    const url = `${server.http}/live/key.flv`
    const first = await post(url)
    await eventually(async () => assert.equal((await server.streams()).length, 1))
    assert.equal((await (await post(url)).answer).status, 409)
    const other = await post(`${server.http}/live/other.flv`, HEADER, { 'sec-fetch-site': 'cross-site' })
    assert.equal((await other.answer).status, 403)
    const wrong = await post(`${server.http}/live/other.flv`, Buffer.alloc(100))
    assert.equal((await wrong.answer).status, 400)
    await first.end()
    await first.answer
    await eventually(async () => assert.deepEqual(await server.streams(), []))
  })

  test('of a request behind another one is not written into that', async () => {
    await using server = await mediaServer()
    const publisher = await post(`${server.http}/live/key.flv`)
    await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 1))
    const socket = connect(Number(new URL(server.http).port), '127.0.0.1')
    const get = 'GET /live/key.flv HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(get + get)
    await once(socket.resume(), 'close')
    await eventually(async () => assert.equal((await server.streams())[0]?.viewers, 0))
    await publisher.end()
  })
})

describe('WebSocket-FLV', () => {
  const webSocketOf = (http: string) => http.replace('http:', 'ws:')

  test('plays what another one publishes, and ends with it', async () => {
    await using server = await mediaServer({ GRACE_SECONDS: '0' })
    const url = `${webSocketOf(server.http)}/live/key.flv`
    const publisher = new WebSocket(url, 'publisher')
    await once(publisher, 'open')
    publisher.send(Buffer.concat([HEADER, CONFIGURED]))
    await eventually(async () => assert.equal((await server.streams())[0]?.codecs.length, 1))
    const viewer = new WebSocket(url)
    viewer.binaryType = 'arraybuffer'
    const pieces: Buffer[] = []
    viewer.addEventListener('message', ({ data }) => pieces.push(Buffer.from(data as ArrayBuffer)))
    await once(viewer, 'open')
    await eventually(() => assert.equal([...new FlvReader().read(Buffer.concat(pieces))].length, 2))
    assert.equal((await server.streams())[0]?.viewers, 1)
    publisher.close()
    await once(viewer, 'close')
    assert.deepEqual([...new FlvReader().read(Buffer.concat(pieces))], [video(0, avcConfig()), video(0, avcKey())])
  })

  test('refuses before it opens: no stream, no such path, a page of another site that would publish', async () => {
    await using server = await mediaServer()
    for (const [path, protocols] of [
      ['/live/none.flv', []],
      ['/live/none', []],
      ['/v1/streams', []],
      ['/bad.flv', ['publisher']],
    ] as const) {
      const webSocket = new WebSocket(`${webSocketOf(server.http)}${path}`, [...protocols])
      webSocket.addEventListener('error', () => {})
      const [{ code }] = (await once(webSocket, 'close')) as [CloseEvent]
      assert.equal(code, 1006, path)
    }
    const socket = connect(Number(new URL(server.http).port), '127.0.0.1')
    const lines = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: post',
    ]
    const secret = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
    socket.write(['GET /live/key.flv HTTP/1.1', 'Host: a', 'Origin: http://b', secret, ...lines, '', ''].join('\r\n'))
    assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1.1 403 /)
    assert.deepEqual(await server.streams(), [])
  })

  test('ends a publisher that sends texts, or no FLV', async () => {
    await using server = await mediaServer({ GRACE_SECONDS: '0' })
    for (const words of ['text', Buffer.alloc(100)]) {
      const publisher = new WebSocket(`${webSocketOf(server.http)}/live/key.flv`, 'publisher')
      await once(publisher, 'open')
      publisher.send(words)
      const [{ code }] = (await once(publisher, 'close')) as [CloseEvent]
      assert.equal(code, 1003)
      await eventually(async () => assert.deepEqual(await server.streams(), []))
    }
  })
})

describe('where tokens are set', () => {
  test('publishing needs submit, watching read, by header or query, and a refusal says why', async () => {
    await using tokens = await testTokens()
    await using server = await mediaServer({ ACCESS_TOKENS_FILE: tokens.file, GRACE_SECONDS: '0' })
    const tokenOf = (role: 'read' | 'submit' | 'manage') => tokens.headers[role].authorization.slice('Bearer '.length)
    const url = `${server.http}/live/key.flv`
    assert.equal((await (await post(url)).answer).status, 401)
    assert.equal((await (await post(url, HEADER, tokens.headers.read)).answer).status, 403)
    const publisher = await post(`${url}?token=${tokenOf('submit')}`)
    await eventually(async () => assert.equal((await server.streams(tokens.headers.read)).length, 1))
    assert.deepEqual((await server.streams(tokens.headers.read))[0]?.publisher, {
      protocol: 'http-flv',
      token: 'submit',
    })
    const refused = await fetch(url)
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate') ?? '', /Bearer/)
    assert.equal((await fetch(`${url}?token=wrong`)).status, 401)
    for (const [address, headers] of [
      [`${url}?token=${tokenOf('read')}`, {}],
      [url, tokens.headers.read],
    ] as const) {
      const answer = await fetch(address, { headers })
      assert.equal(answer.status, 200)
      await answer.body?.cancel()
    }
    await publisher.end()
    for (const [query, reason] of [
      ['', /needs an access token/],
      [`?token=${tokenOf('read')}`, /yours has a lesser one/],
    ] as const) {
      using encoder = publish(file, `${server.rtmp}/live/other${query}`)
      assert.match(await encoder.ended, reason)
    }
    using _encoder = publish(file, `${server.rtmp}/live/other?token=${tokenOf('submit')}`)
    await eventually(async () => assert.equal((await server.streams(tokens.headers.read))[0]?.name, 'live/other'))
  })
})
