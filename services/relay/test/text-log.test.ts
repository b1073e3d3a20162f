import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { TextLog } from '../src/text-log.ts'
import { folder, spawnRelay } from './support/relay.ts'
import { startStubSink } from './support/stub-sink.ts'

test('a message that was stored stands in the text log once, as the original writes it, also when it came twice', async () => {
  await using sink = await startStubSink()
  await using path = await folder()
  await using relay = await spawnRelay(path.path, sink.url)
  const headers = { 'content-type': 'text/plain', 'idempotency-key': 'one' }
  for (const body of ['first\nforged', 'first\nforged'])
    assert.equal((await fetch(`${relay.url}/v1/messages`, { method: 'POST', headers, body })).status, 202)
  const batch = '{"stream":"a~1","seq":1,"body":"second"}\n'
  const ndjson = { 'content-type': 'application/x-ndjson' }
  await fetch(`${relay.url}/v1/messages/batch`, { method: 'POST', headers: ndjson, body: batch })
  const text = async () => await readFile(join(path.path, 'Relay_relay.txt'), 'utf8')
  await eventually(async () => assert.match(await text(), /second\n$/))
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[ap]m`
  const line = (body: string) => `Relaying from 127\\.0\\.0\\.1 at ${time} : ${body}\n`
  assert.match(await text(), new RegExp(`^${line('first\\\\nforged')}${line('second')}$`))
})

test('with TEXT_LOG_MEGABYTES=0 there is none', async () => {
  await using sink = await startStubSink()
  await using path = await folder()
  await using relay = await spawnRelay(path.path, sink.url, { TEXT_LOG_MEGABYTES: '0' })
  assert.equal((await fetch(`${relay.url}/relay.php`, { method: 'POST', body: 'x' })).status, 200)
  assert.deepEqual(
    (await readdir(path.path)).filter((name) => name.endsWith('.txt')),
    [],
  )
})

test('a log that is large enough goes on in a new file, and the one before it is kept', async () => {
  await using path = await folder()
  const options = { folder: path.path, name: 'r', maxBytes: 100, log: createLog('test', 'silent') }
  for (const body of ['one', 'two', 'three']) {
    // What waits is written at the end.
    await using log = await TextLog.open(options)
    log.add('10.0.0.1', Buffer.from(body.padEnd(60, '.')))
  }
  const bodies = async (name: string) =>
    [...(await readFile(join(path.path, name), 'utf8')).matchAll(/ : (\w+)/g)].map(([, body]) => body)
  assert.deepEqual(await bodies('Relay_r.txt.1'), ['three'])
  assert.deepEqual(await bodies('Relay_r.txt'), [])
})
