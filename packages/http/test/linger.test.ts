import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { createApp, ProblemError } from '../src/index.ts'

const LARGE = Buffer.alloc(12_000_000, 1)

/** Its routes answer before a body has come, in two places of fastify. */
async function listening({ receiveWithinMs = 60_000 } = {}) {
  const app = createApp({ log: createLog('test', 'silent'), receiveWithinMs })
  app.addContentTypeParser('image/jpeg', async () => Promise.reject(new ProblemError(413, 'Too large.')))
  app.addContentTypeParser('image/png', async (_request: unknown, payload: unknown) => payload)
  const config = { role: 'submit' } as const
  app.post('/', { config }, async () => Promise.reject(new ProblemError(507, 'Full.')))
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  return { app, url, [Symbol.asyncDispose]: async () => await app.close() }
}

/** A client that began to send so much. */
function sender({ url }: { url: URL }, headers: Record<string, string>, length: number) {
  const socket = connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true }).pause()
  const lines = Object.entries({ host: 'x', 'content-length': length, ...headers })
  socket.write(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  return socket
}

const early: [what: string, type: string, status: number][] = [
  ['the parser', 'image/jpeg', 413],
  ['the handler', 'image/png', 507],
  ['fastify itself', 'image/tiff', 415],
]
for (const [who, type, status] of early) {
  test(`who sends all before it reads gets the answer of ${who}`, async () => {
    await using server = await listening()
    for (const connection of ['close', 'keep-alive', 'close', 'keep-alive', 'close']) {
      const socket = sender(server, { 'content-type': type, connection }, LARGE.length)
      await new Promise<void>((resolve, reject) => socket.write(LARGE, (error) => (error ? reject(error) : resolve())))
      const [answer] = await once(socket.resume(), 'data')
      assert.match(String(answer), new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, 's'))
      socket.destroy()
    }
  })
}

test('who goes on sending is not read for longer than a request may take', async () => {
  await using server = await listening({ receiveWithinMs: 300 })
  const socket = sender(server, { 'content-type': 'image/jpeg' }, 999_999_999)
  socket.on('error', () => {})
  const sending = setInterval(() => socket.write('more'), 20)
  await new Promise<void>((closed) => void socket.resume().once('close', () => closed()))
  clearInterval(sending)
})

test('who goes on sending does not hold up the end of the server', async () => {
  const server = await listening()
  const sockets = ['image/jpeg', 'image/png'].map((type) => sender(server, { 'content-type': type }, 999_999_999))
  for (const socket of sockets) socket.on('error', () => {}).write('some')
  await Promise.all(sockets.map((socket) => once(socket.resume(), 'data')))
  const sending = setInterval(() => sockets.map((socket) => socket.write('more')), 20)
  await server.app.close()
  clearInterval(sending)
})
