import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { reset, TcpProxy, type Trouble } from '../src/tcp-proxy.ts'

/** A server that says everything twice, a proxy before it, and a connection through it that keeps what it got. */
async function echo(trouble?: Trouble) {
  const stack = new AsyncDisposableStack()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => socket.write(Buffer.concat([chunk, chunk])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => void server.close())
  const proxy = stack.use(await TcpProxy.listen((server.address() as AddressInfo).port))
  if (trouble) proxy.begin(trouble)
  const socket = connect(proxy.port, '127.0.0.1')
  stack.defer(() => void socket.destroy())
  const seen = { got: '', ended: false, failed: '' }
  socket.on('data', (chunk) => (seen.got += chunk))
  socket.on('end', () => (seen.ended = true))
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.failed = error.code ?? ''))
  return { proxy, socket: socket as Socket, seen, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const until = (condition: () => boolean) => eventually(() => assert.ok(condition()))

test('what is sent comes back through a healthy proxy, and an end goes through', async () => {
  await using through = await echo()
  through.socket.end('ab')
  await until(() => through.seen.got === 'abab' && through.seen.ended)
})

test('with latency an answer is late by two ways', async () => {
  await using through = await echo({ kind: 'latency', ms: 60 })
  const startedAt = performance.now()
  through.socket.write('ab')
  await until(() => through.seen.got === 'abab')
  assert.ok(performance.now() - startedAt >= 90)
})

test('with little bandwidth an answer takes its time', async () => {
  await using through = await echo({ kind: 'bandwidth', bytesPerSecond: 1000 })
  const startedAt = performance.now()
  through.socket.write('a'.repeat(50))
  await until(() => through.seen.got.length === 100)
  assert.ok(performance.now() - startedAt >= 110)
})

test('a black hole swallows without closing, and gives everything back when it ends', async () => {
  await using through = await echo()
  through.socket.write('a')
  await until(() => through.seen.got === 'aa')
  through.proxy.begin({ kind: 'black-hole' })
  through.socket.write('b')
  const other = await once(
    connect(through.proxy.port, '127.0.0.1').on('error', () => {}),
    'connect',
  )
  assert.ok(other)
  assert.deepEqual(through.seen, { got: 'aa', ended: false, failed: '' })
  through.proxy.end()
  await until(() => through.seen.got === 'aabb')
})

test('a reset ends what is open and what comes', async () => {
  await using through = await echo()
  through.socket.write('a')
  await until(() => through.seen.got === 'aa')
  through.proxy.begin({ kind: 'reset' })
  await until(() => through.seen.failed === 'ECONNRESET')
  const later = connect(through.proxy.port, '127.0.0.1')
  const [error] = await once(later, 'error')
  assert.equal(error.code, 'ECONNRESET')
})

test('a connection is reset although its end is being sent', async () => {
  await using through = await echo()
  await once(through.socket, 'connect')
  through.socket.end('a')
  reset(through.socket)
  await once(through.socket, 'close')
  assert.equal(through.seen.failed, '')
})

test('after an answer the other half is closed', async () => {
  await using through = await echo({ kind: 'half-close' })
  through.socket.write('a')
  await until(() => through.seen.got === 'aa' && through.seen.ended)
})

test('a cut lets some bytes through and then resets', async () => {
  await using through = await echo({ kind: 'cut', bytes: 3 })
  through.socket.write('abcd')
  await until(() => through.seen.failed !== '' || through.seen.ended)
  assert.ok(through.seen.got.length <= 3, through.seen.got)
})

test('a new target is for new connections', async () => {
  await using first = await echo()
  await using second = await echo()
  first.socket.write('a')
  await until(() => first.seen.got === 'aa')
  first.proxy.target = 1
  first.socket.write('b')
  await until(() => first.seen.got === 'aabb')
  first.proxy.target = second.proxy.port
  const later = connect(first.proxy.port, '127.0.0.1')
  later.write('c')
  const [answer] = await once(later, 'data')
  assert.equal(`${answer}`, 'cc')
  later.destroy()
})
