import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { EnvironmentError } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { sinkOf } from '../src/sink-url.ts'
import { folder, spawnRelay, waitingOf } from './support/relay.ts'

test('the path of SINK_URL says how messages are sent, unless SINK_PROTOCOL does', () => {
  const of = (SINK_URL: string, SINK_PROTOCOL?: 'livepods' | 'plain') => {
    const { url, protocol } = sinkOf({ SINK_URL, ...(SINK_PROTOCOL && { SINK_PROTOCOL }) })
    return `${url.href} ${protocol}`
  }
  assert.deepEqual(
    [
      of('http://sink:8084'),
      of('https://sink/v1/messages'),
      of('sink-svc/sink.php'),
      of('sink-svc:80'),
      of('http://sink', 'plain'),
      of('http://sink/behind/a/path', 'livepods'),
    ],
    [
      'http://sink:8084/ livepods',
      'https://sink/v1/messages livepods',
      'http://sink-svc/sink.php plain',
      'http://sink-svc/ livepods',
      'http://sink/ plain',
      'http://sink/behind/a/path livepods',
    ],
  )
  for (const bad of ['ftp://sink', 'http://', 'a b']) assert.throws(() => of(bad), EnvironmentError)
})

test('any HTTP server gets each body, again until it takes it; its text is the answer, its verdict a dead letter', async () => {
  await using path = await folder()
  const taken: { body: string; headers: IncomingHttpHeaders }[] = []
  let isAway = false
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    if (isAway) return response.writeHead(500).end()
    if (body === 'bad') return response.writeHead(422).end('not this')
    taken.push({ body, headers: request.headers })
    return response.end(`Thank you for ${body}`)
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    await using relay = await spawnRelay(path.path, `127.0.0.1:${port}/sink.php`)
    await relay.said(/plain HTTP/)
    const post = async (body: string) => {
      const headers = { 'x-request-id': `of-${body}` }
      const answer = await fetch(`${relay.url}/relay.php`, { method: 'POST', body, headers })
      return [answer.status, await answer.text()]
    }
    assert.deepEqual(await post('one'), [200, 'Thank you for one'])
    isAway = true
    assert.equal((await post('two'))[0], 202)
    assert.equal((await post('bad'))[0], 202)
    isAway = false
    await eventually(async () => {
      const { messages, deadLetters } = await waitingOf(relay.url)
      assert.deepEqual([messages, deadLetters], [0, 1])
    })
    assert.deepEqual(
      taken.map(({ body, headers }) => [body, headers['x-request-id']]),
      [
        ['one', 'of-one'],
        ['two', 'of-two'],
      ],
    )
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
