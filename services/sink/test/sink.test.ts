import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MessagesClient, TargetUnavailableError } from '@livepods/messages'
import { eventually, freshDatabase, type SpawnedService, TcpProxy, testTokens } from '@livepods/testing'
import { bodyOf, type LogFolder, logFolder } from './support/log-folder.ts'
import { spawnSink, startSink } from './support/sink.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())

const messages = (stream: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const seq = from + index
    return { stream, seq, content: `${stream} ${seq}` }
  })

const bodiesOf = async (folder: LogFolder) => (await folder.lines()).map(bodyOf)

/** Resolves when the log has so many lines. */
const logged = (folder: LogFolder, count: number) =>
  eventually(async () => assert.equal((await folder.lines()).length, count))

test('answers and logs as the original sink does', async () => {
  await using folder = await logFolder()
  await using sink = await startSink(fresh, folder)
  // As `curl -d` sends it.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await fetch(`${sink.url}/sink.php`, {
    method: 'POST',
    headers,
    body: 'Message sent from 10.0.0.7 on Mon',
  })
  assert.deepEqual(
    [response.status, response.headers.get('content-type'), await response.text()],
    [200, 'text/plain; charset=utf-8', 'Logged message from 127.0.0.1'],
  )
  await logged(folder, 1)
  const [line = ''] = await folder.lines()
  assert.match(
    line,
    /^From 127\.0\.0\.1 at \d{4}-\d\d-\d\d (0[1-9]|1[012]):\d\d:\d\d[ap]m : Message sent from 10\.0\.0\.7 on Mon$/,
  )
  for (const body of ['', 'x\nFrom 6.6.6.6 at noon : y']) await fetch(`${sink.url}/sink.php`, { method: 'POST', body })
  await logged(folder, 3)
  assert.deepEqual((await bodiesOf(folder)).slice(1), ['', 'x\\nFrom 6.6.6.6 at noon : y'])
})

test('a message keeps the request and the trace that brought it, or its own', async () => {
  await using folder = await logFolder()
  await using sink = await startSink(fresh, folder)
  const trace = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`
  const headers = {
    'content-type': 'application/x-ndjson',
    'x-request-id': 'hop',
    traceparent: trace('1'),
    'livepods-relay': 'relays-0;waiting=12;parked=1;dead-letters=2',
  }
  const lines = [
    { stream: 'trace~1', seq: 1, body: '' },
    { stream: 'trace~1', seq: 2, body: '', requestId: 'own', traceparent: trace('2') },
  ]
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  assert.equal((await fetch(`${sink.url}/v1/messages/batch`, { method: 'POST', headers, body })).status, 200)
  const rows = await fresh.database.rows(
    "SELECT m.relay, m.request_id, m.traceparent FROM messages m JOIN message_streams s ON s.id = m.stream_id WHERE s.name = 'trace~1' ORDER BY seq",
  )
  assert.deepEqual(
    rows.map((row) => Object.values(row as object)),
    [
      ['relays-0', 'hop', trace('1')],
      ['relays-0', 'own', trace('2')],
    ],
  )
  const report = await eventually(async () => {
    const { relays } = (await (await fetch(`${sink.url}/v1/report`)).json()) as { relays: { name: string }[] }
    const found = relays.find(({ name }) => name === 'relays-0')
    assert.ok(found)
    return found
  })
  assert.deepEqual(
    { ...report, seenAt: '' },
    {
      name: 'relays-0',
      waiting: 12,
      oldestAt: null,
      parked: 1,
      deadLetters: 2,
      seenAt: '',
      isAbsent: false,
    },
  )
})

test('killed at any moment under load, it goes on: every message that was answered, and no other, is in the log once, in order', async (context) => {
  await using folder = await logFolder()
  const ROUNDS = 6
  const next = new Map([
    ['kill~1', 1],
    ['kill~2', 1],
  ])
  let service: (SpawnedService & { url: string }) | undefined
  try {
    for (let round = 0; round < ROUNDS; round++) {
      service = await spawnSink(fresh, folder)
      const { url, stop } = service
      let answered = 0
      // Two relays; one batch of each is under way when the sink dies.
      const relay = async (stream: string) => {
        using client = new MessagesClient({ url })
        for (;;) {
          const seq = next.get(stream) ?? 1
          try {
            const results = await client.send(messages(stream, seq, seq + 49))
            assert.ok(results.every(({ result }) => result === 'taken' || result === 'duplicate'))
            next.set(stream, seq + 50)
            answered++
          } catch (error) {
            if (error instanceof TargetUnavailableError) return
            throw error
          }
        }
      }
      const relays = Promise.all([...next.keys()].map(relay))
      await eventually(() => assert.ok(answered > 3 * round))
      await stop('SIGKILL')
      await relays
    }
    service = await spawnSink(fresh, folder)
    // What the database has, whether it was answered or not.
    const [row] = await fresh.database.rows<{ n: string }>(
      "SELECT SUM(high) AS n FROM message_streams WHERE name LIKE 'kill~%'",
    )
    await logged(folder, Number(row?.n))
    const bodies = await bodiesOf(folder)
    for (const [stream, seq] of next) {
      const own = bodies.filter((body) => body.startsWith(`${stream} `))
      assert.deepEqual(
        own,
        messages(stream, 1, own.length).map(({ content }) => content),
      )
      assert.ok(own.length >= seq - 1)
    }
    context.diagnostic(`${bodies.length} messages over ${ROUNDS} deaths`)
    assert.equal(await service.stop(), 0)
  } finally {
    await service?.stop('SIGKILL')
  }
})

for (const [what, file] of [
  ['log', 'Sink_sink.txt'],
  ['cursor', 'sink.cursor'],
] as const)
  test(`a ${what} that is gone is made from the rows again`, async () => {
    await using folder = await logFolder()
    {
      await using sink = await startSink(fresh, folder)
      using client = new MessagesClient({ url: sink.url })
      await client.send(messages(`${what}~1`, 1, 2500))
    }
    assert.equal((await folder.lines()).length, 2500)
    const before = await folder.lines()
    await rm(join(folder.path, file))
    await using _ = await startSink(fresh, folder)
    await logged(folder, 2500)
    assert.deepEqual(await folder.lines(), before)
  })

test('what a sink took and did not log is counted when it is absent, and logged when it is back', async () => {
  await using folder = await logFolder('absent')
  const environment = { SINK_NAME: 'absent' }
  {
    await using sink = await startSink(fresh, folder, environment)
    using client = new MessagesClient({ url: sink.url })
    await client.send(messages('absent~1', 1, 3))
  }
  // It died between commit and log, two minutes ago.
  await fresh.database.change(
    "UPDATE message_sinks SET logged = 1, seen_at = seen_at - INTERVAL 2 MINUTE WHERE name = 'absent'",
  )
  await using others = await logFolder()
  await using sink = await startSink(fresh, others)
  interface Report {
    sinks: { name: string; taken: number; unlogged: number; isAbsent: boolean }[]
  }
  const { sinks } = (await (await fetch(`${sink.url}/v1/report`)).json()) as Report
  const { taken, unlogged, isAbsent } = sinks.find(({ name }) => name === 'absent') ?? {}
  assert.deepEqual({ taken, unlogged, isAbsent }, { taken: 3, unlogged: 2, isAbsent: true })
})

test('without its database it is not ready, takes nothing and says when to come again; what it took is not lost', async () => {
  await using folder = await logFolder()
  await using proxy = await TcpProxy.open(fresh.options)
  await using sink = await startSink(fresh, folder, { MYSQL_PORT: String(proxy.port) })
  using client = new MessagesClient({ url: sink.url })
  await client.send(messages('away~1', 1, 1))
  await proxy.close()
  await assert.rejects(client.send(messages('away~1', 2, 2)), { status: 503, retryAfterMs: 3000 })
  await eventually(async () => {
    assert.equal((await client.send(messages('away~1', 2, 2)).catch(() => [])).length, 0)
    await proxy.reopen()
    assert.deepEqual(await client.send(messages('away~1', 1, 3)), [
      { result: 'duplicate' },
      { result: 'taken' },
      { result: 'taken' },
    ])
  })
  await logged(folder, 3)
})

test('an answer of the database that is lost after the commit makes a duplicate of the next try, and one line', async () => {
  await using folder = await logFolder()
  await using proxy = await TcpProxy.open(fresh.options)
  await using sink = await startSink(fresh, folder, { MYSQL_PORT: String(proxy.port) })
  using client = new MessagesClient({ url: sink.url })
  let seq = 1
  await client.send(messages('lost~1', seq, seq))
  // The sink commits of itself, too: then that answer is lost, and the message is taken.
  for (let answer: unknown = []; Array.isArray(answer); ) {
    seq++
    proxy.loseNextAnswerTo('COMMIT')
    answer = await client.send(messages('lost~1', seq, seq)).catch(({ status }) => status)
    assert.ok(Array.isArray(answer) || answer === 503)
  }
  assert.deepEqual(await client.send(messages('lost~1', seq, seq)), [{ result: 'duplicate' }])
  await logged(folder, seq)
})

test('a second process does not start on the folder of the first, and one that comes after a kill does', async () => {
  await using folder = await logFolder()
  await using first = await spawnSink(fresh, folder)
  await assert.rejects(spawnSink(fresh, folder), /ended \(78\).*Another process uses/s)
  await first.stop('SIGKILL')
  await using second = await spawnSink(fresh, folder)
  assert.equal(await second.stop(), 0)
})

test('a stopping sink answers what it has begun, writes its log and ends with 0', async () => {
  await using folder = await logFolder()
  await using service = await spawnSink(fresh, folder, { DRAIN_SECONDS: '0.5' })
  using client = new MessagesClient({ url: service.url })
  let taken = 0
  const sending = (async () => {
    for (let seq = 1; ; seq += 100) {
      const results = await client.send(messages('stop~1', seq, seq + 99)).catch(() => [])
      if (results.length === 0) return
      taken += results.length
    }
  })()
  await eventually(() => assert.ok(taken > 500))
  assert.equal(await service.stop(), 0)
  await sending
  assert.deepEqual(
    await bodiesOf(folder),
    messages('stop~1', 1, taken).map(({ content }) => content),
  )
})

test('a missing message is shown, and may be skipped by a manager only', async () => {
  await using folder = await logFolder()
  await using tokens = await testTokens()
  await using sink = await startSink(fresh, folder, { ACCESS_TOKENS_FILE: tokens.file, GAP_MINUTES: '0' })
  using client = new MessagesClient({ url: sink.url, token: { headers: tokens.headers.submit } })
  await client.send(messages('gap~1', 3, 3))
  const skip = (headers: Record<string, string>) =>
    fetch(`${sink.url}/v1/streams/gap~1/skip`, { method: 'POST', headers })
  assert.equal((await skip({})).status, 401)
  assert.equal((await skip(tokens.headers.submit)).status, 403)
  const skipped = await skip(tokens.headers.manage)
  assert.deepEqual([skipped.status, await skipped.json()], [200, { from: 1, to: 2 }])
  assert.equal((await skip(tokens.headers.manage)).status, 409)
  assert.deepEqual(await client.send(messages('gap~1', 3, 3)), [{ result: 'taken' }])
})
