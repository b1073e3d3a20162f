import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { eventually } from '@livepods/testing'
import type { Change } from '../src/history.ts'
import { Notifier } from '../src/notifier.ts'
import { log } from './support/watch.ts'

const CHANGE: Change = {
  at: '2026-11-30T12:00:00.000Z',
  workload: 'default/deployment/app',
  container: 'main',
  what: 'rolled',
  from: 'app:1',
  to: 'app:1@sha256:2',
  why: '1 is sha256:2.',
}
const SECRET = 'shared'
let server: Server
let got: { body: string; signature: string | undefined; type: string | undefined }[]
/** What is answered, one after the other; then 200. */
let answers: number[]

beforeEach(async () => {
  got = []
  answers = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.once('end', () => {
      const { 'x-hub-signature-256': signature, 'content-type': type } = request.headers
      got.push({ body, signature: signature as string | undefined, type })
      response.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const notifier = (secret?: string) =>
  new Notifier({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    secret,
    log,
    backoff: { baseMs: 1, maxMs: 2 },
  })
const told = async (count: number) => await eventually(() => assert.equal(got.length, count))

test('a change is told as signed JSON, with a text as Slack shows it', async () => {
  await using one = notifier(SECRET)
  one.add(CHANGE)
  await told(1)
  const [{ body = '', signature, type } = {}] = got
  const { text, ...rest } = JSON.parse(body)
  assert.deepEqual(rest, CHANGE)
  assert.match(text, /default\/deployment\/app main rolled: 1 is sha256:2\.\napp:1 → app:1@sha256:2/)
  assert.equal(type, 'application/json')
  assert.equal(signature, `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`)
})

test('without a secret nothing is signed; the first sight of a digest is not told', async () => {
  await using one = notifier()
  one.add({ ...CHANGE, what: 'seen' })
  one.add(CHANGE)
  await told(1)
  assert.equal(got[0]?.signature, undefined)
  assert.equal(JSON.parse(got[0]?.body ?? '').what, 'rolled')
})

test('it tries again after a failure, in order, and gives up what is refused', async () => {
  answers = [503, 429, 500, 200, 404, 302, 200]
  await using one = notifier()
  for (const why of ['a', 'b', 'c', 'd']) one.add({ ...CHANGE, why })
  await told(7)
  assert.deepEqual(
    got.map(({ body }) => JSON.parse(body).why),
    ['a', 'a', 'a', 'a', 'b', 'c', 'd'],
  )
})

test('it stops while it is trying', async () => {
  answers = new Array(100).fill(503)
  const one = new Notifier({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    backoff: { baseMs: 3_600_000, maxMs: 3_600_000 },
  })
  one.add(CHANGE)
  await told(1)
  await one[Symbol.asyncDispose]()
  assert.equal(got.length, 1)
})
