import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { formatResults, MessagesClient, parseRelayHeader, parseResults, type Result, readBatch } from '../src/index.ts'

/** A target that answers like this. */
async function target(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const answering = (status: number, body: string, headers: Record<string, string> = {}): RequestListener => {
  return (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body))
  }
}

const MESSAGES = [
  { stream: 'a', seq: 1, content: 'one' },
  { stream: 'a', seq: 2, content: 'two' },
]

test('sends a batch with token and state over one connection, and returns a result for each message', async () => {
  const results: Result[] = [{ result: 'taken' }, { result: 'expected', seq: 1 }]
  const seen: unknown[] = []
  const sockets = new Set<unknown>()
  await using server = await target((request, response) => {
    sockets.add(request.socket)
    const { authorization, 'livepods-relay': relay } = request.headers
    seen.push(authorization, parseRelayHeader(relay))
    void readBatch({ body: request, encoding: undefined }).then((messages) => {
      seen.push(messages)
      response.end(formatResults(results))
    })
  })
  const state = { name: 'relays-0', waiting: 3, oldest: new Date(1e12), parked: 1, deadLetters: 2 }
  const token = { headers: { authorization: 'Bearer x' } }
  using client = new MessagesClient({ url: server.url, token, relay: () => state })
  assert.deepEqual(await client.send(MESSAGES), results)
  assert.deepEqual(seen, ['Bearer x', state, MESSAGES])
  await client.send(MESSAGES)
  assert.equal(sockets.size, 1)
})

for (const status of [400, 413, 415, 422])
  test(`${status} is a verdict on the batch`, async () => {
    await using server = await target(answering(status, '{"detail":"why"}'))
    using client = new MessagesClient({ url: server.url })
    await assert.rejects(client.send(MESSAGES), { name: 'BatchRefusedError', status, message: 'why' })
  })

for (const status of [301, 401, 403, 404, 405, 407, 421, 429, 500, 503])
  test(`${status} is the fault of the target`, async () => {
    await using server = await target(answering(status, 'no', { 'retry-after': '7' }))
    using client = new MessagesClient({ url: server.url })
    await assert.rejects(client.send(MESSAGES), { name: 'TargetUnavailableError', status, retryAfterMs: 7000 })
  })

test('an answer that is cut, too short or something else is no result', async () => {
  const answers = [
    '{"result":"taken"}\n',
    '{"result":"taken"}\n{"result":"taken"}',
    '<html>\n\n',
    '{"result":"?"}\n{}\n',
  ]
  for (const answer of answers) {
    await using server = await target(answering(200, answer))
    using client = new MessagesClient({ url: server.url })
    await assert.rejects(client.send(MESSAGES), { name: 'TargetUnavailableError', status: 200 })
  }
})

test('a target that is gone, or does not answer in time, is not available', async () => {
  await using silent = await target(() => {})
  using waiting = new MessagesClient({ url: silent.url, answerWithinMs: 50 })
  await assert.rejects(waiting.send(MESSAGES), { name: 'TargetUnavailableError', status: undefined })
  using client = new MessagesClient({ url: 'http://127.0.0.1:1' })
  await assert.rejects(client.send(MESSAGES), { name: 'TargetUnavailableError', status: undefined })
})

test('results are read as they were written', () => {
  const results: Result[] = [
    { result: 'taken' },
    { result: 'duplicate' },
    { result: 'expected', seq: 7 },
    { result: 'refused', status: 422, detail: 'why' },
  ]
  assert.deepEqual(parseResults(formatResults(results), results.length), results)
})

test('a relay header that is none says nothing, and one with bad numbers says the rest', () => {
  assert.equal(parseRelayHeader(undefined), undefined)
  assert.equal(parseRelayHeader('two words;waiting=1'), undefined)
  assert.deepEqual(parseRelayHeader('r;waiting=-1;oldest=x;parked=1e99;dead-letters=2'), {
    name: 'r',
    waiting: 0,
    oldest: undefined,
    parked: 0,
    deadLetters: 2,
  })
})
