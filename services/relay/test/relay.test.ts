import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { eventually } from '@livepods/testing'
import { drainRelay, folder, spawnRelay, waitingOf } from './support/relay.ts'
import { startStubSink } from './support/stub-sink.ts'

const post = async (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body, headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('answers as the original relay does: 200 with the text of the sink, 202 when that is away; then it is delivered', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  await using relay = await spawnRelay(path.path, sink.url)
  // As `curl -d` sends it.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const first = await post(`${relay.url}/relay.php`, 'Message sent from 10.0.0.7 on Mon', headers)
  assert.deepEqual([first.status, first.text], [200, 'Logged message from 127.0.0.1'])
  assert.equal(first.headers.get('content-type'), 'text/plain; charset=utf-8')
  sink.fault = (response) => {
    response.writeHead(503, { 'retry-after': '1' }).end()
    return true
  }
  const second = await post(`${relay.url}/relay.php`, 'second', headers)
  assert.deepEqual([second.status, second.text], [202, 'Stored message from 127.0.0.1; it will be delivered'])
  sink.fault = undefined
  await eventually(() => assert.equal(sink.taken.length, 2))
  assert.deepEqual(
    sink.taken.map(({ seq, content }) => [seq, content]),
    [
      [1, 'Message sent from 10.0.0.7 on Mon'],
      [2, 'second'],
    ],
  )
  assert.match(sink.taken[0]?.stream ?? '', /^relay~[0-9a-f-]{36}$/)
  assert.match(String(sink.headers.at(-1)?.['livepods-relay']), /^relay;waiting=0;/)
})

test('takes messages in JSON, as text and in compressed batches, with request id and trace', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  await using relay = await spawnRelay(path.path, sink.url)
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  const json = await post(`${relay.url}/v1/messages`, '{"stream":"a~1","seq":1,"body":"one"}', {
    'content-type': 'application/json',
    'x-request-id': 'hop',
    traceparent,
  })
  assert.deepEqual([json.status, JSON.parse(json.text)], [202, { stream: 'a~1', seq: 1 }])
  const text = await post(`${relay.url}/v1/messages`, 'text', { 'content-type': 'text/plain' })
  assert.deepEqual([text.status, JSON.parse(text.text).seq], [202, 1])
  const lines = ['{"stream":"a~1","seq":2,"base64":"/w=="}', '{"stream":"a~1","seq":0,"body":""}', '{"body":"own"}']
  const batch = await post(`${relay.url}/v1/messages/batch`, gzipSync(`${lines.join('\n')}\n`), {
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
  })
  assert.equal(batch.status, 200)
  const results = batch.text.trim().split('\n')
  assert.deepEqual([results[0], results[2]], ['{"result":"taken"}', '{"result":"taken"}'])
  assert.match(results[1] ?? '', /^\{"result":"refused","status":400,/)
  await eventually(() => assert.equal(sink.taken.length, 4))
  const numbered = sink.taken.filter(({ stream }) => stream === 'a~1')
  assert.deepEqual(
    [numbered[0]?.requestId, numbered[0]?.traceparent, numbered[1]?.content],
    ['hop', traceparent, Buffer.from([255])],
  )
})

test('a stream with a gap does not stop others, survives a restart, and goes on when the gap is closed', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  {
    await using relay = await spawnRelay(path.path, sink.url)
    await send(relay.url, 'stuck~1', 3, 4)
    await send(relay.url, 'other~1', 1, 100)
    await send(relay.url, 'stuck~1', 5, 6)
    await eventually(() => assert.equal(sink.taken.length, 100))
    await eventually(async () => {
      const { messages, parked } = await waitingOf(relay.url)
      assert.deepEqual([messages, parked.streams, parked.messages], [0, 1, 4])
    })
    await relay.stop('SIGKILL')
  }
  await using relay = await spawnRelay(path.path, sink.url)
  assert.equal((await waitingOf(relay.url)).parked.streams, 1)
  await send(relay.url, 'stuck~1', 7)
  sink.high.set('stuck~1', 2)
  await eventually(() => assert.equal(sink.high.get('stuck~1'), 7))
  await eventually(async () => assert.equal((await waitingOf(relay.url)).parked.streams, 0))
  await send(relay.url, 'stuck~1', 8)
  await eventually(() => assert.equal(sink.high.get('stuck~1'), 8))
  assert.deepEqual(
    sink.taken.filter(({ stream }) => stream === 'stuck~1').map(({ content }) => content),
    [3, 4, 5, 6, 7, 8].map((seq) => `stuck~1 ${seq}`),
  )
})

const send = async (url: string, stream: string, from: number, to = from) => {
  const lines = Array.from({ length: to - from + 1 }, (_, index) => {
    const seq = from + index
    return `${JSON.stringify({ stream, seq, body: `${stream} ${seq}` })}\n`
  })
  const headers = { 'content-type': 'application/x-ndjson' }
  assert.equal((await post(`${url}/v1/messages/batch`, lines.join(''), headers)).status, 200)
}

test('a sink whose database came back from a backup gets all that is kept again, also of streams that say no more', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  const high = () => ['loud~1', 'quiet~1'].map((stream) => sink.high.get(stream))
  {
    await using relay = await spawnRelay(path.path, sink.url)
    await send(relay.url, 'loud~1', 1, 50)
    await send(relay.url, 'quiet~1', 1, 20)
    await eventually(() => assert.deepEqual(high(), [50, 20]))
    await relay.stop('SIGKILL')
  }
  const restore = () => {
    sink.high = new Map([
      ['loud~1', 10],
      ['quiet~1', 5],
    ])
    sink.taken = sink.taken.filter(({ stream = '', seq = 0 }) => seq <= (sink.high.get(stream) ?? 0))
  }
  restore()
  await using relay = await spawnRelay(path.path, sink.url)
  await send(relay.url, 'loud~1', 51, 52)
  await eventually(() => assert.deepEqual(high(), [52, 20]))
  const bodies = (name: string) => sink.taken.filter(({ stream }) => stream === name).map(({ content }) => content)
  assert.deepEqual(
    bodies('loud~1'),
    Array.from({ length: 52 }, (_, index) => `loud~1 ${index + 1}`),
  )
  await eventually(async () => assert.equal((await waitingOf(relay.url)).parked.streams, 0))

  restore()
  const replayed = await post(`${relay.url}/v1/replay`, '')
  assert.deepEqual([replayed.status, JSON.parse(replayed.text)], [202, { messages: 72 }])
  await eventually(() => assert.deepEqual(high(), [52, 20]))
  await send(relay.url, 'quiet~1', 21)
  await eventually(() => assert.deepEqual(high(), [52, 21]))
})

test('a message that its stream lacks and that the relay does not have is named', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  await using relay = await spawnRelay(path.path, sink.url)
  await send(relay.url, 'stuck~1', 3, 4)
  await send(relay.url, 'other~1', 1, 10)
  await eventually(async () =>
    assert.deepEqual((await waitingOf(relay.url)).parked.missing, [{ stream: 'stuck~1', expected: 1 }]),
  )
  await send(relay.url, 'other~1', 11)
  await eventually(() => assert.equal(sink.high.get('other~1'), 11))
  assert.equal(sink.taken.length, 11)
})

test('a tombstone that is refused for its size waits, and its stream with it, until it is taken', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  await using relay = await spawnRelay(path.path, sink.url)
  let refusals = 0
  sink.verdict = ({ stream, seq, content }) => {
    const isTombstone = typeof content === 'object' && !Buffer.isBuffer(content)
    if (stream !== 'odd~1' || seq !== 1 || (isTombstone && refusals >= 3)) return undefined
    if (isTombstone) refusals++
    return { result: 'refused', status: 413, detail: 'too large' }
  }
  await send(relay.url, 'odd~1', 1, 3)
  await eventually(() => assert.equal(sink.high.get('odd~1'), 3))
  assert.equal(refusals, 3)
  assert.deepEqual(
    sink.taken.map(({ content }) => typeof content),
    ['object', 'string', 'string'],
  )
})

test('a refused message is a dead letter with a tombstone in its place, which survives a restart and can be sent again or given up', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  sink.verdict = ({ content }) =>
    String(content).startsWith('bad') ? { result: 'refused', status: 422, detail: 'no such word' } : undefined
  const letters = async (url: string) =>
    (
      (await (await fetch(`${url}/v1/dead-letters`)).json()) as {
        deadLetters: { id: string; seq: number; reason: string }[]
      }
    ).deadLetters
  {
    await using relay = await spawnRelay(path.path, sink.url)
    const lines = ['good', 'bad 1', 'good', 'bad 2', 'good'].map(
      (body, index) => `${JSON.stringify({ stream: 's~1', seq: index + 1, body })}\n`,
    )
    await post(`${relay.url}/v1/messages/batch`, lines.join(''), { 'content-type': 'application/x-ndjson' })
    await eventually(() => assert.equal(sink.taken.length, 5))
    assert.deepEqual(
      sink.taken.map(({ content }) => typeof content),
      ['string', 'object', 'string', 'object', 'string'],
    )
    await relay.stop('SIGKILL')
  }
  await using relay = await spawnRelay(path.path, sink.url)
  const [first, second] = await letters(relay.url)
  assert.deepEqual([first?.seq, first?.reason, second?.seq], [2, 'no such word', 4])
  // Refused again, it is there again.
  assert.equal((await post(`${relay.url}/v1/dead-letters/${first?.id}/replay`, '')).status, 202)
  await eventually(async () =>
    assert.deepEqual(
      (await letters(relay.url)).map(({ seq }) => seq),
      [4, 2],
    ),
  )
  const sentAgain: unknown[] = []
  sink.verdict = ({ content }) => void sentAgain.push(content)
  assert.equal((await post(`${relay.url}/v1/dead-letters/${first?.id}/replay`, '')).status, 202)
  await eventually(() =>
    assert.deepEqual(
      sentAgain.filter((content) => typeof content === 'string'),
      ['bad 1'],
    ),
  )
  const { status } = await fetch(`${relay.url}/v1/dead-letters/${second?.id}`, { method: 'DELETE' })
  assert.equal(status, 204)
  assert.deepEqual(await letters(relay.url), [])
  assert.equal((await fetch(`${relay.url}/v1/dead-letters/${second?.id}`, { method: 'DELETE' })).status, 404)
})

test('an equal Idempotency-Key stores a message once, and another body with it is refused', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  const headers = { 'content-type': 'text/plain', 'idempotency-key': 'key 1' }
  let answer = ''
  {
    await using relay = await spawnRelay(path.path, sink.url)
    const sent = await Promise.all(Array.from({ length: 8 }, () => post(`${relay.url}/v1/messages`, 'once', headers)))
    answer = sent[0]?.text ?? ''
    assert.deepEqual(new Set(sent.map(({ status, text }) => `${status} ${text}`)), new Set([`202 ${answer}`]))
    await relay.stop('SIGKILL')
  }
  await using relay = await spawnRelay(path.path, sink.url)
  assert.equal((await post(`${relay.url}/v1/messages`, 'once', headers)).text, answer)
  assert.equal((await post(`${relay.url}/v1/messages`, 'other', headers)).status, 422)
  assert.equal(
    (await post(`${relay.url}/v1/messages`, 'x', { ...headers, 'idempotency-key': 'x'.repeat(129) })).status,
    400,
  )
  await post(`${relay.url}/v1/messages`, 'last', { 'content-type': 'text/plain' })
  await eventually(() => assert.equal(sink.taken.length, 2))
  assert.deepEqual(
    sink.taken.map(({ content }) => content),
    ['once', 'last'],
  )
})

for (const status of [401, 403, 404, 405, 407, 421, 302])
  test(`a sink that answers ${status} pauses the relay, which says so, and nothing dies`, async () => {
    await using path = await folder()
    await using sink = await startStubSink()
    sink.fault = (response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
      return true
    }
    await using relay = await spawnRelay(path.path, sink.url)
    await post(`${relay.url}/v1/messages`, 'kept', { 'content-type': 'text/plain' })
    await eventually(async () => {
      const waiting = await waitingOf(relay.url)
      assert.deepEqual([waiting.messages, waiting.deadLetters, waiting.sink.state], [1, 0, 'paused'])
      assert.match(waiting.sink.fault ?? '', new RegExp(String(status)))
    })
    sink.fault = undefined
    await eventually(() => assert.equal(sink.taken.length, 1))
  })

test('a batch that is too large for the sink is halved; a message that is too large alone is a dead letter', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  sink.fault = (response, messages) => {
    const isTooLarge = messages.some(({ content }) => content === 'large')
    if (isTooLarge) response.writeHead(413).end('{"detail":"too large"}')
    return isTooLarge
  }
  await using relay = await spawnRelay(path.path, sink.url)
  const lines = ['a', 'b', 'large', 'd'].map(
    (body, index) => `${JSON.stringify({ stream: 's~1', seq: index + 1, body })}\n`,
  )
  await post(`${relay.url}/v1/messages/batch`, lines.join(''), { 'content-type': 'application/x-ndjson' })
  await eventually(() => assert.equal(sink.taken.length, 4))
  const { deadLetters } = (await (await fetch(`${relay.url}/v1/dead-letters`)).json()) as { deadLetters: object[] }
  assert.deepEqual(
    deadLetters.map((letter) => ({ ...letter, id: '', refusedAt: '' })),
    [{ id: '', stream: 's~1', seq: 3, status: 413, reason: 'too large', refusedAt: '' }],
  )
})

test('--drain delivers what an orphaned folder has, and ends', async () => {
  await using path = await folder()
  let port = 0
  {
    await using closed = await startStubSink()
    port = Number(new URL(closed.url).port)
  }
  {
    await using relay = await spawnRelay(path.path, `http://127.0.0.1:${port}`)
    for (const body of ['one', 'two']) assert.equal((await post(`${relay.url}/relay.php`, body)).status, 202)
    assert.equal(await relay.stop('SIGTERM'), 0)
  }
  await using sink = await startStubSink(port)
  assert.equal(await drainRelay(path.path, sink.url), 0)
  assert.deepEqual(
    sink.taken.map(({ seq, content }) => [seq, content]),
    [
      [1, 'one'],
      [2, 'two'],
    ],
  )
})

test('a drain waits for a stream with a gap, until another relay has closed it', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  {
    await using relay = await spawnRelay(path.path, sink.url)
    await send(relay.url, 'stuck~1', 3, 4)
    await eventually(async () => assert.equal((await waitingOf(relay.url)).parked.streams, 1))
    assert.equal(await relay.stop('SIGTERM'), 0)
  }
  const asked = sink.headers.length
  const drained = drainRelay(path.path, sink.url)
  await eventually(() => assert.ok(sink.headers.length >= asked + 5))
  sink.high.set('stuck~1', 2)
  assert.equal(await drained, 0)
  assert.equal(sink.high.get('stuck~1'), 4)
})

test('SIGTERM: a sender that waits for the sink still gets its answer, and the next relay goes on with the message', async () => {
  await using path = await folder()
  await using sink = await startStubSink()
  const asked = Promise.withResolvers<void>()
  // It takes the request, and never answers.
  sink.fault = () => {
    asked.resolve()
    return true
  }
  {
    await using relay = await spawnRelay(path.path, sink.url)
    const answer = post(`${relay.url}/relay.php`, 'in flight')
    await asked.promise
    sink.fault = undefined
    const exited = relay.stop('SIGTERM')
    assert.equal((await answer).status, 202)
    assert.equal(await exited, 0)
  }
  await using _ = await spawnRelay(path.path, sink.url)
  await eventually(() =>
    assert.deepEqual(
      sink.taken.map(({ content }) => content),
      ['in flight'],
    ),
  )
})
