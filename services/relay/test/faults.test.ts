import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { MAX_BODY_BYTES, MAX_REQUEST_BYTES } from '@livepods/messages'
import { eventually, rawRequest, spawnService } from '@livepods/testing'
import { environmentOf, folder, type SpawnedRelay, spawnRelay, waitingOf } from './support/relay.ts'
import { type StubSink, startStubSink } from './support/stub-sink.ts'

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

const stack = new AsyncDisposableStack()
let sink: StubSink
let relay: SpawnedRelay
before(async () => {
  const { path } = stack.use(await folder())
  sink = stack.use(await startStubSink())
  relay = stack.use(await spawnRelay(path, sink.url))
})
after(() => stack.disposeAsync())

const json = { 'content-type': 'application/json' }
const ndjson = { 'content-type': 'application/x-ndjson' }
const text = { 'content-type': 'text/plain' }
const gzip = { 'content-encoding': 'gzip' }

const post = (url: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(url, { method: 'POST', headers, body: body as string })

const one = '{"stream":"bad~1","seq":1,"body":"x"}\n'
const refused: [what: string, path: string, body: string | Buffer, headers: Record<string, string>, status: number][] =
  [
    ['10 MB in a message', '/v1/messages', `{"body":"${'x'.repeat(10e6)}"}`, json, 413],
    ['10 MB in a batch', '/v1/messages/batch', Buffer.alloc(10e6, 'x'), ndjson, 413],
    ['10 MB in the original endpoint', '/relay.php', Buffer.alloc(10e6, 'x'), text, 413],
    ['a body above the limit', '/v1/messages', JSON.stringify({ body: 'x'.repeat(MAX_BODY_BYTES + 1) }), json, 413],
    ['a gzip bomb', '/v1/messages/batch', gzipSync(Buffer.alloc(MAX_REQUEST_BYTES * 20)), { ...ndjson, ...gzip }, 413],
    ['bad gzip', '/v1/messages/batch', one, { ...ndjson, ...gzip }, 400],
    ['another encoding', '/v1/messages/batch', one, { ...ndjson, 'content-encoding': 'br' }, 415],
    ['an encoded text', '/relay.php', gzipSync('x'), gzip, 415],
    ['a batch that is cut in a line', '/v1/messages/batch', `${one}{"stream":"bad~1","se`, ndjson, 400],
    ['a batch as JSON', '/v1/messages/batch', one, json, 415],
    ['a key for a batch', '/v1/messages/batch', one, { ...ndjson, 'idempotency-key': 'x' }, 400],
    ['a message that is no JSON', '/v1/messages', '{', json, 400],
    ['a form at the API', '/v1/messages', 'x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['seq 0', '/v1/messages', '{"stream":"bad~1","seq":0,"body":""}', json, 400],
    ['seq 2^53', '/v1/messages', `{"stream":"bad~1","seq":${2 ** 53},"body":""}`, json, 400],
    ['a page of another site', '/relay.php', 'x', { ...text, origin: 'http://elsewhere' }, 403],
  ]
for (const [what, path, body, headers, status] of refused)
  test(`refuses ${what} with ${status}, and stores nothing`, async () => {
    const answer = await post(relay.url + path, body, headers)
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [status, 'application/problem+json'])
    const problem = (await answer.json()) as { status: number; requestId: string }
    assert.deepEqual([problem.status, problem.requestId], [status, answer.headers.get('x-request-id')])
    assert.equal(sink.taken.length, 0)
    assert.equal((await waitingOf(relay.url)).messages, 0)
  })

test('answers 405 to other methods, and a client that reads only after it has sent all', async () => {
  const get = await fetch(`${relay.url}/relay.php`)
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
  await get.body?.cancel()
  for (const chunked of [false, true]) {
    const options = { headers: ndjson, body: Buffer.alloc(10e6), chunked }
    const { status, fault } = await rawRequest(`${relay.url}/v1/messages/batch`, options)
    assert.deepEqual([status, fault], [413, undefined])
  }
})

test('a connection that ends in the middle of a message stores nothing of it', async () => {
  const { hostname, port } = new URL(relay.url)
  for (const path of ['/relay.php', '/v1/messages', '/v1/messages/batch']) {
    const socket = connect({ host: hostname, port: Number(port) })
    const type = path.endsWith('batch') ? 'application/x-ndjson' : 'application/json'
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\n`
    await new Promise<void>((sent) => void socket.write(head + one, () => sent()))
    socket.destroy()
  }
  const answer = await post(`${relay.url}/v1/messages`, '{"stream":"whole~1","seq":1,"body":"x"}', json)
  assert.equal(answer.status, 202)
  await eventually(() =>
    assert.deepEqual(
      sink.taken.map(({ stream }) => stream),
      ['whole~1'],
    ),
  )
})

test('a full spool answers 503 with Retry-After, loses nothing, and takes messages again when it has drained', async () => {
  await using path = await folder()
  await using target = await startStubSink()
  target.fault = (response) => {
    response.writeHead(503).end()
    return true
  }
  await using full = await spawnRelay(path.path, target.url, { SPOOL_MEGABYTES: '16' })
  const body = Buffer.alloc(1_000_000, 'x')
  let stored = 0
  for (;;) {
    const answer = await post(`${full.url}/v1/messages`, body, text)
    if (answer.status !== 202) {
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'])
      assert.equal(((await answer.json()) as { code: string }).code, 'SPOOL_FULL')
      break
    }
    stored++
  }
  assert.equal(stored, 15)
  assert.equal(
    (await post(`${full.url}/v1/messages/batch`, `{"body":"${'x'.repeat(1_000_000)}"}\n`, ndjson)).status,
    503,
  )
  target.fault = undefined
  await eventually(async () => {
    assert.equal((await post(`${full.url}/v1/messages`, body, text)).status, 202)
  })
  await eventually(() => assert.equal(target.taken.length, stored + 1))
})

test('a full disk answers 507 with Retry-After, loses nothing, and takes messages again when it has drained', {
  skip: mayMount ? false : 'needs root',
}, async () => {
  await using path = await folder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'livepods-relay', path.path])
  try {
    await using target = await startStubSink()
    target.fault = (response) => {
      response.writeHead(503).end()
      return true
    }
    await using full = await spawnRelay(path.path, target.url)
    const body = Buffer.alloc(1_000_000, 'x')
    const send = async () => await post(`${full.url}/v1/messages`, body, text)
    let stored = 0
    let answer = await send()
    for (; answer.status === 202; answer = await send()) stored++
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [507, '30'])
    assert.equal(((await answer.json()) as { code: string }).code, 'DISK_FULL')
    assert.equal((await waitingOf(full.url)).messages, stored)
    target.fault = undefined
    await eventually(() => assert.equal(target.taken.length, stored))
    await eventually(async () => assert.equal((await send()).status, 202))
    await eventually(() => assert.equal(target.taken.length, stored + 1))
    assert.equal(await full.stop(), 0)
  } finally {
    execFileSync('umount', [path.path])
  }
})

test('when too much is parked, only the streams that wait there get 503', async () => {
  await using path = await folder()
  await using target = await startStubSink()
  await using full = await spawnRelay(path.path, target.url, { SPOOL_MEGABYTES: '16' })
  const send = async (stream: string, seq: number) =>
    await post(`${full.url}/v1/messages`, JSON.stringify({ stream, seq, body: 'x'.repeat(1_000_000) }), json)
  let seq = 2
  await eventually(async () => {
    const { status } = await send('stuck~1', seq)
    if (status === 202) seq++
    assert.equal(status, 503)
  })
  assert.equal((await waitingOf(full.url)).parked.isFull, true)
  assert.equal((await send('other~1', 1)).status, 202)
  target.high.set('stuck~1', 1)
  await eventually(() => assert.equal(target.high.get('stuck~1'), seq - 1))
  await eventually(async () => assert.equal((await send('stuck~1', seq)).status, 202))
})

test('ends with 1 when fdatasync fails, and answers for nothing that was not synced', async () => {
  await using path = await folder()
  await using broken = await spawnRelay(path.path, sink.url, {
    NODE_OPTIONS: `--import ${new URL('./support/failing-sync.ts', import.meta.url)}`,
  })
  assert.equal((await post(`${broken.url}/v1/messages`, 'kept', text)).status, 202)
  broken.process.kill('SIGUSR2')
  await broken.said(/fdatasync fails/)
  const answer = await post(`${broken.url}/v1/messages`, 'lost', text).catch(() => undefined)
  assert.notEqual(answer?.status, 202)
  assert.equal(await broken.exited, 1)
})

test('ends with 78 when another relay has the folder', async () => {
  await using path = await folder()
  await using _ = await spawnRelay(path.path, sink.url)
  await using second = await spawnService(
    new URL('../src/main.ts', import.meta.url),
    environmentOf(path.path, sink.url),
  )
  assert.equal(await second.exited, 78)
  assert.match(second.output(), /SPOOL_DIR/)
})
