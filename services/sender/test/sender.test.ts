import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { answering, Relay } from './support/relay.ts'
import { faultOf, spawnSender, spoolFolder, statusOf, storedIn, waitsWith } from './support/sender.ts'

test('prints what it sends and the reply, as the original, and numbers from 1', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  await using sender = await spawnSender(folder, relay.address)
  await sender.ready()
  await sender.said(
    /^\*{8} {2}Sending Message sent from [\d.]+ on \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \S+ \d{4}\n\{"result":"taken"\}$/m,
  )
  await relay.took(20)
  assert.equal(relay.connections, 1, 'one connection is kept')
  assert.equal(await sender.stop(), 0)
  const [[name, bodies] = ['', []], ...others] = relay.streams
  assert.match(name, /^sender~[0-9a-f-]{36}$/)
  assert.deepEqual(others, [])
  assert.partialDeepStrictEqual(await storedIn(folder), { stored: bodies.length, waiting: 0 })
})

test('any HTTP server gets a POST for each message, and its reply is printed without forged lines', async () => {
  await using folder = await spoolFolder()
  const bodies: string[] = []
  await using relay = await Relay.open((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => (body += text))
    request.once('end', () => {
      bodies.push(body)
      response.end(`Logged message from 10.0.0.1\n{"level":"forged"}\n`)
    })
  })
  await using sender = await spawnSender(folder, `${relay.address}/relay.php`)
  await sender.said(/^Logged message from 10\.0\.0\.1\\n\{"level":"forged"\}$/m)
  await sender.said(/may come twice/)
  assert.equal(await sender.stop(), 0)
  const { stored } = await storedIn(folder)
  assert.equal(bodies.length, stored)
  assert.equal(relay.connections, 1)
  const { headers } = relay.requests[0] ?? {}
  assert.equal(headers?.['content-type'], 'text/plain')
  assert.match(`${headers?.traceparent}`, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.equal(headers?.['x-request-id'], `${headers?.traceparent}`.slice(3, 35))
  const keys = relay.requests.map((request) => `${request.headers['idempotency-key']}`)
  assert.deepEqual(
    keys.map((key) => Number(key.split('/')[1])),
    keys.map((_, index) => index + 1),
  )
})

test('kill -9 at any moment: each message comes once and in order, none is lost', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  const environment = { SENDERS: '3', SEND_EVERY_SECONDS: '0.002' }
  for (let kill = 1; kill <= 6; kill++) {
    await using sender = await spawnSender(folder, relay.address, environment)
    const before = relay.taken
    await relay.took(before + 1 + kill * 17)
    await sender.stop('SIGKILL')
  }
  await using last = await spawnSender(folder, relay.address, { SENDERS: '0' })
  await last.ready()
  assert.equal(await last.stop(), 0)
  assert.equal(relay.conflicts, 0)
  assert.equal(relay.streams.size, 3)
  const stored = await Promise.all([1, 2, 3].map((number) => storedIn(folder, number)))
  assert.deepEqual(
    stored.map(({ waiting }) => waiting),
    [0, 0, 0],
  )
  assert.deepEqual(
    [...relay.streams.values()].map(({ length }) => length).sort(),
    stored.map(({ stored }) => stored).sort(),
  )
})

test('a target that comes later gets all, though the sender was stopped and started meanwhile', async () => {
  await using folder = await spoolFolder()
  const { address, port } = await (async () => {
    await using relay = await Relay.open()
    return { address: relay.address, port: relay.port }
  })()
  {
    await using sender = await spawnSender(folder, address, { STOP_WITHIN_SECONDS: '2' })
    await waitsWith(sender, 30)
    assert.match(await faultOf(sender), /does not answer/)
    assert.equal(await sender.stop(), 0, 'that messages wait is no failure')
    await sender.said(/wait for the next start/)
  }
  const before = await storedIn(folder)
  assert.equal(before.waiting, before.stored)
  await using sender = await spawnSender(folder, address, { SENDERS: '0' })
  await using relay = await Relay.open(undefined, port)
  await relay.took(before.stored)
  await sender.ready()
  assert.equal(await sender.stop(), 0)
  assert.deepEqual([relay.taken, relay.streams.size], [before.stored, 1])
})

for (const status of [302, 401, 403, 404, 405, 409, 500])
  test(`${status}: delivery pauses and says so, nothing is lost, and it goes on by itself`, async () => {
    await using folder = await spoolFolder()
    await using elsewhere = await Relay.open()
    await using relay = await Relay.open(answering(status, { location: `http://${elsewhere.address}/` }))
    const path = status % 2 === 0 ? '' : '/v1/messages'
    await using sender = await spawnSender(folder, `http://${relay.address}${path}`)
    assert.match(await faultOf(sender), new RegExp(`answered ${status}`))
    await waitsWith(sender, 10)
    assert.equal((await statusOf(sender)).target.fault?.status, status)
    assert.equal(relay.taken, 0)
    relay.handler = undefined
    await relay.took(10)
    await sender.ready()
    assert.equal(await sender.stop(), 0)
    assert.partialDeepStrictEqual(await storedIn(folder), { stored: relay.taken, waiting: 0 })
    assert.equal(elsewhere.requests.length, 0)
  })

test('Retry-After is obeyed, as seconds and, by a plain target, as a date', async () => {
  for (const [path, value] of [
    ['', () => '2'],
    ['/relay.php', () => new Date(Date.now() + 3000).toUTCString()],
  ] as const) {
    await using folder = await spoolFolder()
    await using relay = await Relay.open((...both) => answering(503, { 'retry-after': value() })(...both))
    await using sender = await spawnSender(folder, relay.address + path)
    await faultOf(sender)
    relay.handler = answering(500)
    await sender.said(/answered 500/)
    const [first, second] = relay.requests
    assert.ok(Number(second?.at) - Number(first?.at) >= 1990, `${first?.at} and ${second?.at}`)
  }
})

test('a target that answers too late has taken the messages: they are duplicates, not taken twice', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  let late = 3
  relay.handler = async (request, response) => {
    if (late-- > 0) {
      // It is taken, and the sender never hears of it.
      response.end = (() => response) as typeof response.end
      response.writeHead = (() => response) as typeof response.writeHead
    }
    await relay.take(request, response)
  }
  await using sender = await spawnSender(folder, relay.address, { ANSWER_WITHIN_SECONDS: '0.5' })
  await sender.said(/"result":"duplicate"/)
  await relay.took(20)
  assert.equal(await sender.stop(), 0)
  assert.ok(relay.duplicates > 0)
  assert.equal(relay.conflicts, 0)
  assert.partialDeepStrictEqual(await storedIn(folder), { stored: relay.taken, waiting: 0 })
})

test('sends its token, and the new one when the file changes', async () => {
  await using folder = await spoolFolder()
  await using tokens = await spoolFolder()
  const file = join(tokens.path, 'token')
  const [first, second] = ['a'.repeat(43), 'b'.repeat(43)]
  await writeFile(file, first)
  await using relay = await Relay.open((request, response) =>
    request.headers.authorization === `Bearer ${second}`
      ? relay.take(request, response)
      : answering(401)(request, response),
  )
  await using sender = await spawnSender(folder, relay.address, { ACCESS_TOKEN_FILE: file })
  assert.match(await faultOf(sender), /answered 401/)
  assert.equal(relay.requests[0]?.headers.authorization, `Bearer ${first}`)
  await writeFile(file, second)
  await relay.took(10)
})

test('a second process on the same folder does not start', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  await using sender = await spawnSender(folder, relay.address)
  await sender.ready()
  await using second = await spawnSender(folder, relay.address)
  assert.equal(await second.exited, 1)
  await second.said(/LOCKED/)
})

test('what is wrong with the environment is said at start', async () => {
  await using folder = await spoolFolder()
  for (const url of ['', 'ftp://relay/x', 'http://', 'relay host', 'relay:99999']) {
    await using sender = await spawnSender(folder, url)
    assert.equal(await sender.exited, 78, url)
    await sender.said(/RELAY_URL/)
  }
})
