import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { proxyHeader2 } from '@livepods/testing'
import { WebSocket } from 'ws'
import type { Overview } from '../src/overview.ts'
import { type CertificateFiles, certificateFiles } from './support/certificate-files.ts'
import { authority, client } from './support/certificates.ts'
import { type Started, startWhoami } from './support/start.ts'
import { ask, open, parseAnswer, readAll, readUntil } from './support/wire.ts'

const VERSION_1 = 'PROXY TCP4 203.0.113.9 198.51.100.7 4711 80\r\n'
const VERSION_2 = proxyHeader2({ source: '2001:db8::9', sourcePort: 4712 })
const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

suite('behind a proxy that speaks the PROXY protocol', () => {
  let whoami: Started
  before(async () => {
    whoami = await startWhoami({ variables: { PROXY_PROTOCOL: 'accept' } })
  })
  after(async () => await whoami[Symbol.asyncDispose]())

  /** A connection that begins with a header. */
  const behindProxy = async (header: string | Buffer): Promise<Socket> => {
    const socket = await open(whoami.port)
    socket.write(header)
    return socket
  }

  test('HTTP/1.1 after version 1', async () => {
    const { body } = await ask(whoami.port, VERSION_1 + GET)
    assert.match(body, /^RemoteAddr: 203\.0\.113\.9:4711$/m)
  })

  test('HTTP/1.1 after version 2, byte by byte', async () => {
    const socket = await behindProxy('')
    socket.setNoDelay(true)
    const answer = readAll(socket)
    for (const byte of Buffer.concat([VERSION_2, Buffer.from(GET)])) {
      socket.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    assert.match(await answer, /^RemoteAddr: \[2001:db8::9\]:4712$/m)
  })

  test('HTTP/2', async () => {
    const socket = await behindProxy(VERSION_2)
    const session = connectHttp2(whoami.url, { createConnection: () => socket })
    const overview = JSON.parse(await bodyOf(session.request({ ':path': '/v1/whoami' }))) as Overview
    assert.deepEqual([overview.client.address, overview.client.port], ['2001:db8::9', 4712])
    assert.deepEqual([overview.proxy?.version, overview.proxy?.address], [2, '127.0.0.1'])
    session.close()
  })

  test('gRPC', async () => {
    const socket = await behindProxy(VERSION_2)
    const session = connectHttp2(whoami.url, { createConnection: () => socket })
    const headers = {
      ':path': '/whoami.Whoami/Bench',
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
    }
    const stream = session.request(headers)
    stream.end(Buffer.alloc(5))
    assert.equal(await bodyOf(stream), '\0\0\0\0\x02\b\x01')
    session.close()
  })

  test('WebSocket', async () => {
    const socket = await behindProxy(VERSION_2)
    const websocket = new WebSocket(`ws://127.0.0.1:${whoami.port}/echo`, { createConnection: () => socket })
    await once(websocket, 'open')
    websocket.send('hello')
    const [message] = (await once(websocket, 'message')) as [Buffer]
    assert.equal(message.toString(), 'hello')
    websocket.terminate()
  })

  test('a connection without a header is taken as it is', async () => {
    const { body } = await ask(whoami.port, GET)
    assert.match(body, /^RemoteAddr: 127\.0\.0\.1:/m)
  })

  test('a header that is cut ends the connection with it', async () => {
    const socket = await behindProxy(VERSION_2.subarray(0, 20))
    socket.end()
    assert.equal(await readAll(socket), '')
  })

  for (const [title, header] of Object.entries({
    '10 KB of version 1': `PROXY TCP4 ${'1'.repeat(10_000)}`,
    '10 KB of version 2': proxyHeader2({ source: '192.0.2.1', extensions: Buffer.alloc(10_000) }),
    nonsense: 'PROXY TCP4 a b c d\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
  }))
    test(`${title} ends the connection`, async () => {
      const socket = await behindProxy(header)
      assert.equal(await readAll(socket), '')
    })
})

test('a header from one who is not trusted ends the connection as a bad request', async () => {
  await using whoami = await startWhoami({ variables: { PROXY_PROTOCOL: 'accept', TRUST_PROXY: '192.0.2.0/24' } })
  assert.equal((await ask(whoami.port, VERSION_1 + GET)).status, 400)
})

test('a header where none is accepted is a bad request', async () => {
  await using whoami = await startWhoami()
  for (const header of [VERSION_1, VERSION_2.toString('latin1')]) {
    const { status, body } = await ask(whoami.port, header + GET)
    assert.deepEqual([status, body], [400, '400 Bad Request'])
  }
})

suite('TLS', () => {
  let files: CertificateFiles
  let whoami: Started
  before(async () => {
    files = await certificateFiles()
    whoami = await startWhoami({ variables: { ...files.variables, PROXY_PROTOCOL: 'accept' } })
  })
  after(async () => {
    await whoami[Symbol.asyncDispose]()
    await files[Symbol.asyncDispose]()
  })

  const connect = (options: object = {}) =>
    connectTls({ port: whoami.port, host: '127.0.0.1', ca: authority, ...client, ...options })

  test('ALPN chooses HTTP/2, and the certificate is verified', async () => {
    const session = connectHttp2(`https://127.0.0.1:${whoami.port}`, { ca: authority, ...client })
    const { tls, request } = JSON.parse(await bodyOf(session.request({ ':path': '/v1/whoami' }))) as Overview
    assert.deepEqual([request.protocol, tls?.alpn, tls?.isVerified], ['HTTP/2.0', 'h2', true])
    assert.match(tls?.clientCertificates[0] ?? '', /CN=client one/)
    session.close()
  })

  test('ALPN chooses HTTP/1.1', async () => {
    const socket = connect({ ALPNProtocols: ['http/1.1'] })
    await once(socket, 'secureConnect')
    socket.write('GET /v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const { tls } = JSON.parse(parseAnswer(await readAll(socket))?.body ?? '') as Overview
    assert.deepEqual([socket.alpnProtocol, tls?.alpn], ['http/1.1', 'http/1.1'])
  })

  test('behind a proxy that speaks the PROXY protocol', async () => {
    const tcp = connectTcp(whoami.port, '127.0.0.1')
    await once(tcp, 'connect')
    tcp.write(VERSION_2)
    const socket = connect({ socket: tcp })
    await once(socket, 'secureConnect')
    socket.write(GET)
    assert.match(await readAll(socket), /^RemoteAddr: \[2001:db8::9\]:4712$/m)
  })

  test('a client without a certificate is refused', async () => {
    const socket = connect({ cert: undefined, key: undefined })
    socket.on('error', () => {})
    socket.write(GET)
    assert.equal(await readAll(socket), '')
  })

  test('TLS 1.1 is refused', async () => {
    const socket = connect({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
    const [error] = await once(socket, 'error')
    assert.ok(error instanceof Error)
  })

  test('plain HTTP is refused', async () => {
    const socket = await open(whoami.port)
    socket.write(GET)
    assert.equal(await readAll(socket), '')
  })
})

test('one connection more than the limit is closed', async () => {
  await using whoami = await startWhoami({ variables: { MAX_CONNECTIONS: '2' } })
  const sockets = [await open(whoami.port), await open(whoami.port)]
  for (const socket of sockets) {
    socket.write('GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
    await readUntil(socket, (text) => text.endsWith('\r\n\r\n1'))
  }
  assert.equal(await readAll(await open(whoami.port)), '')
  sockets[0]?.destroy()
  await once(sockets[0] as Socket, 'close')
  sockets[1]?.write('GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
  await readUntil(sockets[1] as Socket, (text) => text.endsWith('\r\n\r\n1'))
  sockets[1]?.destroy()
})

async function bodyOf(stream: ReturnType<ReturnType<typeof connectHttp2>['request']>): Promise<string> {
  let text = ''
  for await (const bytes of stream) text += bytes.toString('latin1')
  return text
}
