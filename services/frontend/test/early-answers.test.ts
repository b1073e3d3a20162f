import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  eventually,
  freshDatabase,
  rawRequest,
  type SpawnedService,
  spawnService,
  type TestDatabase,
  testTokens,
} from '@livepods/testing'
import { realReceiver } from './support/real-receiver.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)
const TIMES = 5
const MB = 1024 * 1024
const LIMIT = 8
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9'.padEnd(80, '0'), 'hex')
const jpeg = (megabytes: number) => Buffer.concat([JPEG, Buffer.alloc(megabytes * MB)])
const text = (megabytes: number) => Buffer.alloc(megabytes * MB, 'no picture ')

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
const tokens = stack.use(await testTokens())
const folder = await mkdtemp(join(tmpdir(), 'livepods-early-'))
stack.defer(() => rm(folder, { recursive: true, force: true }))
let db: TestDatabase
/** For all tests that want nothing special of them. */
let usual: Awaited<ReturnType<typeof pair>>
before(async () => {
  db = stack.use(await freshDatabase())
  usual = stack.use(await pair())
})

/** The page in front of the receiver itself; the file holds the page's token. */
async function pair({ token = tokens.files.submit, ...environment }: Record<string, string> = {}) {
  const parts = new AsyncDisposableStack()
  const receiver = parts.use(
    await realReceiver({
      ...{ ...db.environment, ACCESS_TOKENS_FILE: tokens.file, IMAGE_MAX_MEGABYTES: String(LIMIT) },
      ...environment,
    }),
  )
  const page: SpawnedService = parts.use(
    await spawnService(MAIN, {
      ...{ ...db.environment, FRONTEND_PORT: '0', RECEIVER_URL: receiver.url, UNKNOWN_PEOPLE: folder },
      ...(token && { ACCESS_TOKEN_FILE: token }),
    }),
  )
  const url = String((await page.said(/"address":"([^"]+)"/))[1])
  return { page, receiver, url, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

interface Expected {
  status: number
  sentence: RegExp
  retryAfter?: boolean
}

/** Every way of sending gets the answer every time, and the page's log complains of none. */
async function always(
  { page, url }: { page: SpawnedService; url: string },
  body: Buffer,
  { status, sentence, retryAfter = false }: Expected,
): Promise<void> {
  const ways = [
    { connection: 'close', chunked: false, readsMeanwhile: false },
    { connection: 'keep-alive', chunked: false, readsMeanwhile: false },
    { connection: 'keep-alive', chunked: true, readsMeanwhile: true },
    { connection: 'close', chunked: true, readsMeanwhile: false },
  ]
  for (const { connection, ...how } of ways)
    for (let time = 0; time < TIMES; time++) {
      const headers = { 'content-type': 'image/jpeg', connection }
      const answer = await rawRequest(`${url}/v1/images`, { headers, body, ...how })
      const which = `${JSON.stringify({ connection, ...how })}: ${answer.text}`
      assert.deepEqual([answer.status, answer.fault], [status, undefined], which)
      assert.match(answer.text, /content-type: application\/problem\+json/i)
      assert.match(answer.text, sentence)
      assert.equal(/retry-after: \d+/i.test(answer.text), retryAfter, which)
    }
  for (let time = 0; time < TIMES; time++) {
    const init = { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': 'image/jpeg' } }
    const answer = await fetch(`${url}/v1/images`, init)
    const { detail } = (await answer.json()) as { detail: string }
    assert.equal(answer.status, status)
    assert.match(detail, sentence)
  }
  assert.deepEqual(failures(page), [])
}

/** Lines of the log about requests that failed by a fault of the page, with their stack traces. */
const failures = (page: SpawnedService) =>
  page
    .output()
    .split('\n')
    .filter((line) => /"(request|page) failed"/.test(line))

test('above the limit the page answers what the receiver says, whoever sends it however', async () => {
  await always(usual, jpeg(12), { status: 413, sentence: /more than 8 MB, which is the limit/ })
})

test('what is no photo is 415 as the receiver says it', async () => {
  const expected = { status: 415, sentence: /not a JPEG, PNG or WebP/ }
  await always(usual, text(7), expected)
  await always(usual, Buffer.from('no picture '.repeat(9)), expected)
})

test('a receiver that does not let the page in says so itself: 401, 403, 429', async () => {
  {
    await using both = await pair({ token: '' })
    await always(both, jpeg(7), { status: 401, sentence: /token/ })
    const form = new FormData()
    form.append('photos', new Blob([new Uint8Array(jpeg(7))]), 'a.jpg')
    const page = await fetch(`${both.url}/photos`, { method: 'POST', body: form, headers: { accept: 'text/html' } })
    const html = await page.text()
    assert.deepEqual([page.status, /token/.test(html), /<form[^>]+sign-in/.test(html)], [401, true, false])
  }
  {
    await using both = await pair({ token: tokens.files.read })
    await always(both, jpeg(7), { status: 403, sentence: /role|may/ })
  }
  const wrong = join(folder, 'wrong')
  await writeFile(wrong, 'wrong-token-0123456789')
  await using both = await pair({ token: wrong })
  await eventually(async () => {
    const { status } = await rawRequest(`${both.url}/v1/images`, {
      headers: { 'content-type': 'image/jpeg' },
      body: jpeg(0),
    })
    assert.equal(status, 429)
  })
  await always(both, jpeg(7), { status: 429, sentence: /./, retryAfter: true })
})

test('a store that is away is 503 as the receiver says it', async () => {
  await using both = await pair({ UNKNOWN_PEOPLE: join(folder, 'none') })
  await always(both, jpeg(7), { status: 503, sentence: /Nothing was stored; send the photo again/, retryAfter: true })
})

test('a full disk is 507 as the receiver says it', async (t) => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'livepods-test', disk]).status !== 0)
    return process.env.CI ? assert.fail('CI mounts a small disk, and may not.') : t.skip('needs the right to mount')
  using mounted = new DisposableStack()
  mounted.defer(() => void spawnSync('umount', [disk]))
  await using both = await pair({ UNKNOWN_PEOPLE: disk })
  await always(both, jpeg(7), { status: 507, sentence: /disk of the pictures is full/, retryAfter: true })
})

test('a form with a photo above the limit gets the page that says so', async () => {
  for (let time = 0; time < TIMES; time++) {
    const form = new FormData()
    form.append('photos', new Blob([new Uint8Array(jpeg(12))], { type: 'image/jpeg' }), 'large.jpg')
    const answer = await fetch(`${usual.url}/photos`, { method: 'POST', body: form, headers: { accept: 'text/html' } })
    assert.match(await answer.text(), /large\.jpg<\/bdi> was not taken\. The photo has more than 8 MB/)
  }
  assert.deepEqual(failures(usual.page), [])
})

test('who leaves in the middle of a photo is no fault of the receiver', async () => {
  const { page, receiver, url } = usual
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('POST /v1/images HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: 99999\r\n\r\n')
  await new Promise<void>((sent) => void socket.write(jpeg(0), () => sent()))
  const underWay = async ({ ops }: SpawnedService, amount: number) => {
    const metrics = await (await fetch(`${ops}/metrics`)).text()
    assert.match(metrics, new RegExp(`^livepods_http_requests_in_flight ${amount}$`, 'm'))
  }
  await eventually(() => underWay(receiver.process, 1))
  socket.destroy()
  await eventually(() => underWay(receiver.process, 0))
  assert.equal(await page.stop(), 0)
  assert.deepEqual(failures(page), [])
})
