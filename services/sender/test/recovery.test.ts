import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, freshDatabase, spawnService } from '@livepods/testing'
import { parseTargetUrl } from '../src/target-url.ts'
import { textOf } from '../src/text.ts'
import { answering, Relay, resulting } from './support/relay.ts'
import { spawnSender, spoolFolder, statusOf, storedIn, waitsWith } from './support/sender.ts'

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

/** Resolves when a stream is stuck, with why. */
const stuckWith = (sender: Awaited<ReturnType<typeof spawnSender>>) =>
  eventually(async () => {
    const [stream] = (await statusOf(sender)).streams.of
    if (stream?.fault === undefined) throw new Error(`No stream is stuck:\n${sender.output()}`)
    return stream.fault
  })

test('a spool that came back from a backup goes on with a new epoch: no number means two messages, nothing is stuck', async () => {
  await using folder = await spoolFolder()
  await using backup = await spoolFolder()
  await using relay = await Relay.open()
  await using first = await spawnSender(folder, relay.address)
  await relay.took(10)
  assert.equal(await first.stop(), 0)
  await cp(join(folder.path, '1'), join(backup.path, '1'), { recursive: true })
  const saved = relay.taken
  await using second = await spawnSender(folder, relay.address)
  await relay.took(saved + 10)
  assert.equal(await second.stop(), 0)
  const before = relay.taken
  // Texts tell the second: the same text under the same number would be the same message.
  const last = [...relay.streams.values()].at(-1)?.at(-1)
  await eventually(() => assert.notEqual(textOf(new Date()), last))
  for (let restored = 1; restored <= 2; restored++) {
    await using third = await spawnSender(backup, relay.address)
    await third.said(restored === 1 ? /number used twice/ : /"result":"taken"/)
    await relay.took(before + 10 * restored)
    assert.equal(await third.stop(), 0)
  }
  const { stored, waiting } = await storedIn(backup)
  assert.equal(waiting, 0)
  assert.equal(relay.conflicts, 1)
  assert.deepEqual(
    [...relay.streams.values()].map(({ length }) => length),
    [before, stored - saved],
  )
})

test('a target that lost messages gets again what is kept; what is not kept leaves the stream stuck, and says so', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  await using sender = await spawnSender(folder, relay.address)
  await relay.took(20)
  const [[name, bodies] = ['', []]] = relay.streams
  const before = bodies.slice(0, 20)
  bodies.splice(5)
  await relay.took(40)
  assert.deepEqual(bodies.slice(0, 20), before)
  assert.equal(relay.conflicts, 0)
  await sender.said(/target lost messages/)
  // It wants what nobody has sent yet.
  relay.handler = resulting({ result: 'expected', seq: 1e9 })
  assert.match(await stuckWith(sender), /expects 1000000000/)
  relay.handler = undefined
  const { length } = bodies
  await relay.took(length + 20)
  assert.equal(await sender.stop(), 0)
  assert.deepEqual([...relay.streams.keys()], [name])
  assert.partialDeepStrictEqual(await storedIn(folder), { stored: relay.taken, waiting: 0 })
})

test('a number that is too old to compare goes on in a new epoch', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  relay.handler = async (...both) => {
    relay.handler = undefined
    await resulting({ result: 'refused', status: 410, detail: 'too old to compare' })(...both)
  }
  await using sender = await spawnSender(folder, relay.address)
  await sender.said(/too old to compare/)
  await relay.took(3)
  assert.equal(await sender.stop(), 0)
  const { stored, epoch } = await storedIn(folder)
  assert.equal(relay.taken, stored)
  assert.ok(!relay.streams.has(`sender~${epoch}`))
})

test('a message that is refused stops its stream only', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  let poisoned: string | undefined
  relay.handler = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    poisoned ??= /"stream":"(sender~[^"]+)"/.exec(body.toString())?.[1]
    // As a whole: the sender has to find out which one it is.
    if (poisoned !== undefined && body.includes(poisoned))
      response.writeHead(413, { 'content-type': 'application/json' }).end('{"detail":"too large"}')
    else await relay.take(Object.assign(request, { iterator: () => [body].values() }), response)
  }
  await using sender = await spawnSender(folder, relay.address, { SENDERS: '3', STOP_WITHIN_SECONDS: '60' })
  assert.match(await stuckWith(sender), /413: too large/)
  await relay.took(relay.taken + 30)
  assert.equal(relay.streams.size, 2)
  assert.equal(await sender.stop(), 0)
  const [first, second, third] = await Promise.all([1, 2, 3].map((number) => storedIn(folder, number)))
  assert.deepEqual([first?.waiting, second?.waiting, third?.waiting], [first?.stored, 0, 0])
})

test('1000 streams in one process, each in order, over one connection', async () => {
  await using folder = await spoolFolder()
  await using relay = await Relay.open()
  await using sender = await spawnSender(folder, relay.address, {
    SENDERS: '1000',
    SEND_EVERY_SECONDS: '3',
    STOP_WITHIN_SECONDS: '300',
  })
  await eventually(() => assert.ok([...relay.streams.values()].filter(({ length }) => length >= 3).length === 1000), {
    withinMs: 400_000,
    everyMs: 500,
  })
  assert.equal(await sender.stop(), 0)
  assert.deepEqual([relay.conflicts, relay.connections, relay.streams.size], [0, 1, 1000])
  assert.equal(sender.output().match(/^\*{8} {2}Sending /gm)?.length, relay.taken + relay.duplicates)
})

test('a full disk: nothing that was stored is lost, numbers have no gap, and it goes on by itself', {
  skip: mayMount ? false : 'needs root',
}, async () => {
  await using folder = await spoolFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'livepods-sender', folder.path])
  try {
    await using relay = await Relay.open(answering(503))
    await using sender = await spawnSender(folder, relay.address)
    await waitsWith(sender, 10)
    await writeFile(join(folder.path, 'other'), Buffer.alloc(4e6)).catch(() => {})
    await sender.said(/messages cannot be stored/)
    const { waiting } = (await statusOf(sender)).streams
    relay.handler = undefined
    await relay.took(waiting)
    await rm(join(folder.path, 'other'))
    await relay.took(waiting + 20)
    assert.equal(await sender.stop(), 0)
    assert.partialDeepStrictEqual(await storedIn(folder), { stored: relay.taken, waiting: 0 })
    assert.deepEqual([relay.streams.size, relay.conflicts], [1, 0])
  } finally {
    execFileSync('umount', [folder.path])
  }
})

test('the real sink logs each message once and in order, also after kill -9', async () => {
  await using fresh = await freshDatabase()
  await using log = await spoolFolder()
  await using folder = await spoolFolder()
  await using sink = await spawnService(new URL('../../sink/src/main.ts', import.meta.url), {
    ...fresh.environment,
    PORT: '0',
    DRAIN_SECONDS: '0',
    LOG_FOLDER: log.path,
  })
  await sink.ready()
  const [, url = ''] = await sink.said(/Server listening at (http:[^"]+)/)
  for (let kill = 1; kill <= 3; kill++) {
    await using sender = await spawnSender(folder, url)
    await sender.said(/"result":"taken"/)
    await sender.stop('SIGKILL')
  }
  await using sender = await spawnSender(folder, url, { SENDERS: '0' })
  await sender.ready()
  assert.equal(await sender.stop(), 0)
  const { stored, waiting } = await storedIn(folder)
  assert.equal(waiting, 0)
  const report = (await (await fetch(`${url}/v1/report`)).json()) as { streams: { last: number; missing: number }[] }
  assert.deepEqual(
    report.streams.map(({ last, missing }) => ({ last, missing })),
    [{ last: stored, missing: 0 }],
  )
})

test('the URL says which protocol is spoken', () => {
  const table = {
    'relay-svc/relay.php': ['http://relay-svc/relay.php', 'plain'],
    'relay:8085': ['http://relay:8085/', 'livepods'],
    'https://relay/v1/messages': ['https://relay/v1/messages', 'livepods'],
    'HTTP://[::1]:80/any?x=y': ['http://[::1]/any?x=y', 'plain'],
  }
  for (const [text, [href, protocol]] of Object.entries(table)) {
    const parsed = parseTargetUrl(text)
    assert.deepEqual([parsed.url.href, parsed.protocol], [href, protocol])
  }
})
