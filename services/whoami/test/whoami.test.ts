import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { test } from 'node:test'
import { spawnService } from '@livepods/testing'
import { WebSocket } from 'ws'
import { certificateFiles } from './support/certificate-files.ts'
import { open, readAll, readUntil } from './support/wire.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)

const portOf = async (process: Awaited<ReturnType<typeof spawnService>>) =>
  Number((await process.said(/"port":(\d+)/))[1])

test('a process that is stopped finishes what it has, ends streams, and exits 0', async () => {
  await using whoami = await spawnService(MAIN, { WHOAMI_PORT_NUMBER: '0', DRAIN_SECONDS: '0' })
  await whoami.ready()
  const port = await portOf(whoami)

  const slow = await open(port)
  slow.write('GET /?wait=500ms HTTP/1.1\r\nHost: x\r\n\r\n')
  const idle = await open(port)
  idle.write('GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
  await readUntil(idle, (text) => text.endsWith('\r\n\r\n1'))
  const events = await open(port)
  events.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
  await readUntil(events, (text) => text.includes('event: beat'))
  const websocket = new WebSocket(`ws://127.0.0.1:${port}/echo`)
  await once(websocket, 'open')
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  await once(session, 'remoteSettings')

  const [answer, rest, [code], , , exit] = await Promise.all([
    readAll(slow),
    readAll(events),
    once(websocket, 'close'),
    once(session, 'close'),
    readAll(idle),
    whoami.stop(),
  ])
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(rest, /0\r\n\r\n$/)
  assert.equal(code, 1001)
  assert.equal(exit, 0)
})

test('while it drains, an answer is the last one on its connection', async () => {
  await using whoami = await spawnService(MAIN, { WHOAMI_PORT_NUMBER: '0', DRAIN_SECONDS: '3' })
  await whoami.ready()
  const socket = await open(await portOf(whoami))
  socket.write('GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(await readUntil(socket, (text) => text.endsWith('\r\n\r\n1')), /\r\nConnection: keep-alive\r\n/)
  const stopped = whoami.stop()
  await whoami.said(/"msg":"stopping"/)
  socket.write('GET /bench HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(await readAll(socket), /\r\nConnection: close\r\n/)
  assert.equal(await stopped, 0)
})

test('the flags of the original are taken, and a verbose one logs each request once, without what was sent', async () => {
  await using files = await certificateFiles()
  const { WHOAMI_CERT, WHOAMI_KEY } = files.variables
  const flags = ['-cert', WHOAMI_CERT, '-key', WHOAMI_KEY, '-port', '0', '--name=one', '-verbose']
  await using whoami = await spawnService(MAIN, {}, flags)
  await whoami.ready()
  const session = connectHttp2(`https://127.0.0.1:${await portOf(whoami)}`, { rejectUnauthorized: false })
  const stream = session.request({ ':path': '/path?secret=query', ':method': 'POST' })
  stream.end('secret body')
  let text = ''
  for await (const bytes of stream) text += bytes.toString()
  session.close()
  assert.match(text, /^Name: one\n/)
  await whoami.said(/"method":"POST","path":"\/path","httpVersion":"2.0","status":200/)
  assert.equal(await whoami.stop(), 0)
  assert.equal(whoami.output().match(/request completed/g)?.length, 1)
  assert.doesNotMatch(whoami.output(), /secret/)
})

test('one that is configured wrongly says what is wrong, and exits 78', async () => {
  await using whoami = await spawnService(MAIN, { WHOAMI_PORT_NUMBER: '0', WHOAMI_CERT: '/nowhere' })
  assert.equal(await whoami.exited, 78)
  assert.match(whoami.output(), /TLS needs both WHOAMI_CERT and WHOAMI_KEY/)
})

test('an unknown argument, or a flag without its value, exits 64', async () => {
  for (const args of [['-colour', 'blue'], ['-port']]) {
    await using whoami = await spawnService(MAIN, {}, args)
    assert.equal(await whoami.exited, 64)
    assert.doesNotMatch(whoami.output(), /\n +at /)
  }
})
