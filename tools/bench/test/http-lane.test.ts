import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { HttpLane } from '../src/http-lane.ts'

async function laneTo(t: TestContext, answer: RequestListener): Promise<HttpLane> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const lane = await HttpLane.connect((server.address() as AddressInfo).port)
  t.after(() => lane[Symbol.dispose]())
  return lane
}

test('posts follow each other on one connection, each with its own answer', async (t) => {
  const ports = new Set<number | undefined>()
  const lane = await laneTo(t, (request, response) => {
    ports.add(request.socket.remotePort)
    response.writeHead(202, { 'content-length': request.headers['content-length'] })
    request.pipe(response)
  })
  for (const text of ['"tea"', '"größer"', '""']) {
    const { status, body } = await lane.post('/', text)
    assert.deepEqual([status, body.toString()], [202, text])
  }
  assert.equal(ports.size, 1)
})

test('an answer that comes in pieces is put together', async (t) => {
  const large = Buffer.alloc(1_000_000, 'tea ')
  const lane = await laneTo(t, (_request, response) => {
    response.writeHead(200, { 'content-length': large.length }).flushHeaders()
    response.end(large)
  })
  for (let n = 0; n < 2; n++) assert.ok((await lane.post('/', '{}')).body.equals(large))
})

test('a connection that ends rejects what waits for it and what comes after', async (t) => {
  const lane = await laneTo(t, ({ socket }) => socket.destroy())
  await assert.rejects(lane.post('/', '{}'), /closed/)
  await assert.rejects(lane.post('/', '{}'), /closed/)
})

test('an answer without a length is refused', async (t) => {
  const lane = await laneTo(t, (_request, response) => void response.write('some'))
  await assert.rejects(lane.post('/', '{}'), /Not an answer with a length: HTTP/)
})
