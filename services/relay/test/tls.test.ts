import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  type Certificates,
  certificates,
  eventually,
  freshDatabase,
  otherCertificates,
  spawnService,
  type TestDatabase,
} from '@livepods/testing'
import { type RealSink, spawnSink, takenBy } from './support/real-sink.ts'
import { environmentOf, folder, type SpawnedRelay, spawnRelay, waitingOf } from './support/relay.ts'

const stack = new AsyncDisposableStack()
let database: TestDatabase
let path: string
let sink: RealSink
let relay: SpawnedRelay

const variablesOf = (who: string) => ({
  TLS_CERT_FILE: join(path, who, 'cert.pem'),
  TLS_KEY_FILE: join(path, who, 'key.pem'),
  TLS_CA_FILE: join(path, who, 'ca.pem'),
})

async function write(who: 'server' | 'client', { authority, ...set }: Certificates): Promise<void> {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE } = variablesOf(who)
  await writeFile(TLS_CA_FILE, authority)
  await writeFile(TLS_KEY_FILE, set[who].key)
  await writeFile(TLS_CERT_FILE, set[who].cert)
}

before(async () => {
  database = stack.use(await freshDatabase())
  path = stack.use(await folder()).path
  for (const who of ['server', 'client'] as const) {
    await mkdir(join(path, who))
    await write(who, certificates)
  }
  sink = stack.use(await spawnSink(database, '0', variablesOf('server')))
  relay = stack.use(await spawnRelay(join(path, 'spool'), sink.url, variablesOf('client')))
})
after(() => stack.disposeAsync())

async function send(body: string): Promise<void> {
  const headers = { 'content-type': 'text/plain' }
  const answer = await fetch(`${relay.url}/v1/messages`, { method: 'POST', headers, body })
  assert.equal(answer.status, 202)
}

const arrived = async (...bodies: string[]) =>
  await eventually(async () => assert.deepEqual([...(await takenBy(database)).values()], [bodies]))

test('the relay gives messages to a sink that asks for its certificate', async () => {
  assert.match(sink.url, /^https:/)
  await send('one')
  await arrived('one')
})

test('the sink answers nobody without a certificate, and nothing over plain HTTP', async () => {
  const ca = certificates.authority
  await assert.rejects(once(get(`${sink.url}/v1/report`, { ca, agent: false }), 'response'), /certificate required/)
  await assert.rejects(fetch(sink.url.replace('https:', 'http:')))
})

test('a sink of another authority gets nothing; once the files on both sides are renewed, messages go on without a restart', async () => {
  await write('server', otherCertificates)
  const { port } = new URL(sink.url)
  const { authority, client } = otherCertificates
  await eventually(async () => {
    const [response] = await once(get(`${sink.url}/v1/report`, { ca: authority, ...client, agent: false }), 'response')
    assert.equal(response.resume().statusCode, 200)
  })
  // Who has a connection keeps it: only a new one meets the other certificate.
  await relay.stop()
  relay = stack.use(await spawnRelay(join(path, 'spool'), `https://127.0.0.1:${port}`, variablesOf('client')))
  await send('two')
  await eventually(async () => {
    const { state, fault } = (await waitingOf(relay.url)).sink
    assert.equal(state, 'down')
    assert.match(fault ?? '', /does not answer: .*certificate/)
  })
  await write('client', otherCertificates)
  await arrived('one', 'two')
})

test('TLS files for a sink with an http address are refused', async () => {
  await using plain = await spawnService(new URL('../src/main.ts', import.meta.url), {
    ...environmentOf(join(path, 'other'), 'http://127.0.0.1:1'),
    ...variablesOf('client'),
  })
  assert.equal(await plain.exited, 78)
  assert.match(plain.output(), /SINK_URL http:\/\/127\.0\.0\.1:1 is not https/)
})
