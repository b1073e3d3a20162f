import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { MAX_BODY_BYTES, MAX_REQUEST_BYTES } from '@livepods/messages'
import { eventually, freshDatabase, rawRequest } from '@livepods/testing'
import { type LogFolder, logFolder } from './support/log-folder.ts'
import { type RunningSink, startSink } from './support/sink.ts'

const fresh = await freshDatabase()
let folder: LogFolder
let sink: RunningSink
before(async () => {
  folder = await logFolder()
  sink = await startSink(fresh, folder)
})
after(async () => {
  await sink[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
  await fresh[Symbol.asyncDispose]()
})

const json = { 'content-type': 'application/json' }
const ndjson = { 'content-type': 'application/x-ndjson' }
const gzip = { 'content-encoding': 'gzip' }

const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(sink.url + path, { method: 'POST', headers, body: body as string })
const rows = async () => {
  const [row] = await fresh.database.rows<{ n: string }>('SELECT COUNT(*) AS n FROM messages')
  return Number(row?.n)
}

const one = '{"stream":"bad~1","seq":1,"body":"x"}\n'
const refused: [what: string, path: string, body: string | Buffer, headers: Record<string, string>, status: number][] =
  [
    ['10 MB in a message', '/v1/messages', `{"body":"${'x'.repeat(10e6)}"}`, json, 413],
    ['10 MB in a batch', '/v1/messages/batch', Buffer.alloc(10e6, 'x'), ndjson, 413],
    ['10 MB in the original endpoint', '/sink.php', Buffer.alloc(10e6, 'x'), { 'content-type': 'text/plain' }, 413],
    [
      'a body above the limit of a message',
      '/v1/messages',
      JSON.stringify({ body: 'x'.repeat(MAX_BODY_BYTES + 1) }),
      json,
      413,
    ],
    ['a gzip bomb', '/v1/messages/batch', gzipSync(Buffer.alloc(MAX_REQUEST_BYTES * 20)), { ...ndjson, ...gzip }, 413],
    ['bad gzip', '/v1/messages/batch', one, { ...ndjson, ...gzip }, 400],
    ['gzip that is cut', '/v1/messages/batch', gzipSync(one).subarray(0, 20), { ...ndjson, ...gzip }, 400],
    ['another encoding', '/v1/messages/batch', one, { ...ndjson, 'content-encoding': 'br' }, 415],
    ['a batch that is cut in a line', '/v1/messages/batch', `${one}{"stream":"bad~1","se`, ndjson, 400],
    ['a batch as JSON', '/v1/messages/batch', one, json, 415],
    ['a message as text', '/v1/messages', one, { 'content-type': 'text/plain' }, 415],
    ['a message that is no JSON', '/v1/messages', '{', json, 400],
    ['seq 0', '/v1/messages', '{"stream":"bad~1","seq":0,"body":""}', json, 400],
    ['seq 2^53', '/v1/messages', `{"stream":"bad~1","seq":${2 ** 53},"body":""}`, json, 400],
    ['a number before its turn', '/v1/messages', '{"stream":"bad~1","seq":2,"body":""}', json, 409],
  ]
for (const [what, path, body, headers, status] of refused)
  test(`refuses ${what} with ${status}, and stores nothing`, async () => {
    const before = await rows()
    const answer = await post(path, body, headers)
    assert.equal(answer.status, status)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    if (status === 409) assert.equal(((await answer.json()) as { expected: number }).expected, 1)
    else await answer.body?.cancel()
    assert.equal(await rows(), before)
  })

test('a client that reads only after it has sent all gets the answer too', async () => {
  for (const chunked of [false, true]) {
    const { status, fault } = await rawRequest(`${sink.url}/v1/messages/batch`, {
      headers: ndjson,
      body: Buffer.alloc(10e6),
      chunked,
    })
    assert.deepEqual([status, fault], [413, undefined])
  }
})

test('numbers backwards are duplicates or used twice, and lines that are no messages refuse only themselves', async () => {
  const line = (value: object) => `${JSON.stringify(value)}\n`
  const stream = 'backwards~1'
  const batch = [
    line({ stream, seq: 1, body: 'one' }),
    line({ stream, seq: 2, body: 'two' }),
    line({ stream, seq: 1, body: 'one' }),
    line({ stream, seq: 1, body: 'other' }),
    line({ stream, seq: -3, body: '' }),
    line({ stream, seq: Number.MAX_SAFE_INTEGER, body: '' }),
    line({ stream, seq: 3, body: 'three' }),
    line({ to: 'nobody' }),
  ].join('')
  const answer = await post('/v1/messages/batch', batch, ndjson)
  const results = (await answer.text())
    .trim()
    .split('\n')
    .map((result) => JSON.parse(result) as { result: string; status?: number })
  assert.deepEqual(
    results.map(({ result, status = 0 }) => `${result} ${status}`.trim()),
    ['taken 0', 'taken 0', 'duplicate 0', 'refused 422', 'refused 400', 'expected 0', 'taken 0', 'refused 400'],
  )
  const single = await post('/v1/messages', JSON.stringify({ stream, seq: 1, body: 'other' }), json)
  assert.equal(single.status, 422)
})

test('a connection that ends in the middle of a batch stores nothing of it', async () => {
  const before = await rows()
  const { hostname, port } = new URL(sink.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const head = `POST /v1/messages/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n`
  await new Promise<void>((sent) => void socket.write(`${head}{"stream":"cut~1","seq":1,"body":"x"}\n`, () => sent()))
  socket.destroy()
  // It serves others.
  const answer = await post('/v1/messages', '{"stream":"whole~1","seq":1,"body":"x"}', json)
  assert.equal(answer.status, 200)
  await eventually(async () => assert.equal(await rows(), before + 1))
})
