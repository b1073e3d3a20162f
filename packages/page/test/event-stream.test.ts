import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { EventStream } from '../src/index.ts'
import { silentApp } from './support/app.ts'

async function serve(limits = {}) {
  const app = silentApp()
  const events = new EventStream(app, limits)
  app.get('/events', { config: { role: 'read' } }, async (_request, reply) => {
    events.open(reply, [['hello', { you: 1 }]])
    return reply
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return { events, origin, url: `${origin}/events`, [Symbol.asyncDispose]: async () => await app.close() }
}

/** Reads on until `wanted` came, and gives back all that was read. */
function reader(response: Response): (wanted: string) => Promise<string> {
  const chunks = response.body?.getReader()
  const decoder = new TextDecoder()
  let read = ''
  return async (wanted) => {
    while (!read.includes(wanted)) {
      const part = await chunks?.read()
      if (!part || part.done) throw new Error(`The stream ended before "${wanted}":\n${read}`)
      read += decoder.decode(part.value, { stream: true })
    }
    return read
  }
}

test('a client gets the first events, then those sent to all, as JSON', async () => {
  await using server = await serve()
  const response = await fetch(server.url)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  const until = reader(response)
  await until('event: hello\ndata: {"you":1}\n\n')
  server.events.send('news', 'a\nb')
  await until('event: news\ndata: "a\\nb"\n\n')
})

test('a heartbeat shows that the server is there', async () => {
  await using server = await serve({ heartbeatMs: 10 })
  const until = reader(await fetch(server.url))
  await until('event: beat\ndata: 0\n\n')
})

test('closing the app ends the streams at once and the process of the client sees the end', async () => {
  const server = await serve()
  const response = await fetch(server.url)
  const until = reader(response)
  await until('hello')
  await server[Symbol.asyncDispose]()
  await assert.rejects(until('never'), /ended before/)
})

test('a client that leaves is forgotten', async () => {
  await using server = await serve()
  const leaving = new AbortController()
  await fetch(server.url, { signal: leaving.signal })
  assert.equal(server.events.clients, 1)
  leaving.abort()
  while (server.events.clients > 0) await new Promise(setImmediate)
})

test('one client more than the limit is told to come back later', async () => {
  await using server = await serve({ maxClients: 1 })
  await fetch(server.url)
  const second = await fetch(server.url)
  assert.equal(second.status, 503)
  assert.equal(second.headers.get('retry-after'), '5')
})

test('a client that does not read is cut off instead of being buffered for', async () => {
  await using server = await serve({ maxBufferedBytes: 64 * 1024 })
  const { port, hostname } = new URL(server.origin)
  const socket = connect(Number(port), hostname).pause()
  socket.on('error', () => {})
  socket.write('GET /events HTTP/1.1\r\nhost: test\r\n\r\n')
  while (server.events.clients === 0) await new Promise(setImmediate)
  const closed = once(socket, 'close')
  const text = 'x'.repeat(1024 * 1024)
  while (server.events.clients > 0) {
    server.events.send('flood', text)
    await new Promise(setImmediate)
  }
  socket.resume()
  await closed
})
