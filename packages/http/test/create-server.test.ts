import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type RequestOptions, get as secureGet } from 'node:https'
import { connect } from 'node:net'
import { test } from 'node:test'
import { connect as connectSecurely } from 'node:tls'
import { createLog } from '@livepods/service'
import { type AppOptions, clientAddress, createApp, keepSession, ProblemError } from '../src/index.ts'
import { certificate } from './support/certificate.ts'

const LARGE = Buffer.alloc(12_000_000, 1)
const config = { role: 'read' } as const
const ca = certificate.cert
const files = { serverOptions: certificate, follow: () => {} }

/** A listening app, and where it listens. */
async function listening(options: Partial<AppOptions>, closing = () => {}) {
  const app = createApp({ log: createLog('test', 'silent'), ...options })
  app.addContentTypeParser('image/jpeg', async () => Promise.reject(new ProblemError(413, 'Too large.')))
  app.get('/hello', { config }, async ({ protocol }) => ({ protocol }))
  app.get('/signed', { config }, async (request, reply) => {
    keepSession(reply, request, 'x')
    return {}
  })
  app.post('/', { config }, async () => ({}))
  app.addHook('preClose', async () => closing())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, [Symbol.asyncDispose]: async () => await app.close() }
}

/** The answer over TLS, and its body. */
async function fetchSecurely(
  url: string,
  options: RequestOptions = {},
): Promise<{ head: IncomingMessage; body: string }> {
  const [head] = (await once(secureGet(url, { ca, agent: false, ...options }), 'response')) as [IncomingMessage]
  return { head, body: Buffer.concat(await head.toArray()).toString() }
}

test('with key and certificate it speaks TLS, with the same set-up, and nothing else', async () => {
  await using server = await listening({ tls: files })
  assert.match(server.url, /^https:/)
  const { head, body } = await fetchSecurely(`${server.url}/hello`)
  assert.deepEqual([head.statusCode, JSON.parse(body)], [200, { protocol: 'https' }])
  assert.match(String(head.headers['content-security-policy']), /default-src 'none'/)
  const signed = await fetchSecurely(`${server.url}/signed`)
  assert.match(String(signed.head.headers['set-cookie']), /; Secure/)
  await assert.rejects(once(get(`${server.url.replace('https:', 'http:')}/hello`), 'response'))
})

for (const tls of [undefined, files])
  test(`a server ${tls ? 'with' : 'without'} TLS has the limits of connections`, async () => {
    await using server = await listening({ tls, receiveWithinMs: 4000 })
    const { requestTimeout, keepAliveTimeout, timeout } = server.app.server
    assert.deepEqual([requestTimeout, keepAliveTimeout, timeout], [4000, 75_000, 60_000])
  })

for (const tls of [undefined, files])
  test(`a server ${tls ? 'with' : 'without'} TLS does not wait for connections that have sent nothing when it closes`, async () => {
    const { app, url } = await listening({ tls })
    const { hostname: host, port } = new URL(url)
    const unused = tls ? connectSecurely({ host, port: Number(port), ca }) : connect(Number(port), host)
    await once(unused, tls ? 'secureConnect' : 'connect')
    // The server knows of it, for it has answered a later one.
    await (tls ? fetchSecurely(`${url}/hello`) : fetch(`${url}/hello`))
    await Promise.all([app.close(), once(unused.resume(), 'close')])
  })

test('over TLS, too, who sends all before it reads gets the answer that came before', async () => {
  await using server = await listening({ tls: files })
  const { hostname, port } = new URL(server.url)
  for (let round = 0; round < 3; round++) {
    const socket = connectSecurely({ host: hostname, port: Number(port), ca }).pause()
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: ${LARGE.length}\r\n\r\n`)
    await new Promise<void>((resolve, reject) => socket.write(LARGE, (error) => (error ? reject(error) : resolve())))
    const [answer] = await once(socket.resume(), 'data')
    assert.match(String(answer), /^HTTP\/1.1 413 /)
    socket.destroy()
  }
})

for (const tls of [undefined, files])
  test(`a handler that is asked first ${tls ? 'over TLS ' : ''}takes what is its own, and fastify the rest`, async () => {
    const open = new Set<ServerResponse>()
    const handleFirst = ({ url }: IncomingMessage, response: ServerResponse) => {
      if (!url?.startsWith('/live/')) return false
      open.add(response.writeHead(200, { 'content-type': 'video/x-flv' }))
      response.write('FLV')
      return true
    }
    await using server = await listening({ tls, handleFirst }, () => {
      for (const response of open) response.end()
    })
    const ask = tls ? secureGet : get
    const [flv] = (await once(ask(`${server.url}/live/door.flv`, { ca, agent: false }), 'response')) as [
      IncomingMessage,
    ]
    assert.equal(flv.headers['content-type'], 'video/x-flv')
    assert.equal(flv.headers['content-security-policy'], undefined)
    const [hello] = (await once(ask(`${server.url}/hello`, { ca, agent: false }), 'response')) as [IncomingMessage]
    assert.equal(hello.resume().statusCode, 200)
    const whole = flv.toArray()
    await server.app.close()
    assert.equal(Buffer.concat(await whole).toString(), 'FLV')
  })

test('what is asked first may be received for as long as it likes, and the rest is given up', async () => {
  const taken: IncomingMessage[] = []
  const handleFirst = (request: IncomingMessage) => request.url === '/live/key.flv' && taken.push(request) > 0
  await using server = await listening({ handleFirst, receiveWithinMs: 100 })
  const open = (path: string) => {
    const sent = request(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    sent.on('error', () => {}).write('{')
    return sent
  }
  const publishing = open('/live/key.flv')
  // Begun later, given up earlier.
  for (let round = 0; round < 2; round++) await new Promise((closed) => open('/').once('close', closed))
  assert.equal(taken[0]?.destroyed, false)
  publishing.end('}')
  assert.equal(Buffer.concat((await taken[0]?.toArray()) ?? []).toString(), '{}')
  publishing.destroy()
})

test('who sends a request is told by proxies that are trusted, as fastify has it', async () => {
  const from = (forwarded: string) =>
    ({
      headers: { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: '127.0.0.1' },
    }) as unknown as IncomingMessage
  assert.equal(clientAddress(undefined)(from('1.2.3.4')), '127.0.0.1')
  assert.equal(clientAddress('loopback, 10.0.0.0/8')(from('1.2.3.4, 10.1.2.3')), '1.2.3.4')
})

for (const [what, request, status] of [
  ['a path that cannot be decoded', 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a header that is too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
  ['two hosts', 'GET /hello HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 400],
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['no host', 'GET /hello HTTP/1.1\r\n\r\n', 400],
] as const)
  test(`${what} is ${status} as problem+json with a request id`, async () => {
    await using server = await listening({})
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(request)
    let answer = ''
    for await (const chunk of socket) {
      answer += chunk
      if (/\r\n\r\n[\s\S]*\}$/.test(answer)) break
    }
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `))
    assert.match(head, /content-type: application\/problem\+json/i)
    const { requestId, ...problem } = JSON.parse(body)
    assert.deepEqual([problem.status, typeof requestId], [status, 'string'])
  })

test('a request that does not arrive in time is 408 as problem+json', async () => {
  await using server = await listening({})
  const { hostname, port } = new URL(server.url)
  const accepted = once(server.app.server, 'connection')
  const socket = connect(Number(port), hostname)
  // Node looks for them every half minute.
  const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  server.app.server.emit('clientError', late, (await accepted)[0])
  const answer = Buffer.concat(await socket.toArray()).toString()
  assert.match(answer, /^HTTP\/1\.1 408 .*application\/problem\+json/s)
})
