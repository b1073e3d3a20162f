import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { call, connect, Health } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import {
  eventually,
  type Fault,
  FaultyProxy,
  S3_TEST_SERVER,
  S3Server,
  spawnService,
  TcpProxy,
} from '@livepods/testing'
import { running, statusOf } from './support/running.ts'

const FACE_RECOGNITION = new URL('../../face-recognition/src/main.ts', import.meta.url)
/** Grey, 64 × 64, nobody on it. */
const JPEG = Buffer.from(
  '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCABAAEADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB//2Q==',
  'base64',
)

const NOBODY = 'There is no face on the picture.'

interface Outage {
  begin(): Promise<void> | void
  end(): Promise<void> | void
}

/** As a load balancer without servers says it. */
const unavailable: Fault = (_request, response) => {
  response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>503 Service Unavailable</h1>')
  return true
}

const toggled = (set: (isAway: boolean) => void): Outage => ({ begin: () => set(true), end: () => set(false) })

/** A folder of pictures, here or in S3, a face-recognition and an image-processor on it. */
async function suite(environment: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-away-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [known, unknown] = [join(folder, 'known'), join(folder, 'unknown')]
  await mkdir(known)
  await mkdir(unknown)
  const part = stack.use(await running())
  const pictures = { KNOWN_PEOPLE: known, UNKNOWN_PEOPLE: unknown, ...environment }
  const recogniser = stack.use(await spawnService(FACE_RECOGNITION, { PORT: '0', FACE_WORKERS: '1', ...pictures }))
  await recogniser.ready(60_000)
  const address = `127.0.0.1:${(await recogniser.said(/"grpcPort":(\d+)/))[1]}`
  // On a busy machine a lease of one second runs out now and then, and that is an attempt.
  const processor = await part.start(address)
  await processor.ready()
  return { ...part, unknown, folder, recogniser, address, processor, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

type Suite = Awaited<ReturnType<typeof suite>>

/** Photos that come before and during outages: each is final at its first attempt, and the breaker opens once for an outage. */
async function withstands(part: Suite, folder: string, outages: Outage[]) {
  let count = 0
  const add = async (photos: number) => {
    for (const end = count + photos; count < end; count++) await part.add(`${count}.jpg`)
  }
  const breaker = async () => (await statusOf(part.processor.ops)).parts.breaker
  const final = () =>
    patiently(async () => {
      const rows = await part.database.rows('SELECT outcome, attempts, last_error FROM images')
      assert.deepEqual(rows, Array(count).fill({ outcome: 'NO_FACE', attempts: 1, last_error: NOBODY }))
    })
  for (let i = 0; i < 23 * outages.length; i++) await writeFile(join(folder, `${i}.jpg`), JPEG)
  for (const [before, outage] of outages.entries()) {
    await add(3)
    await final()
    // Some are under way when it begins.
    await add(10)
    await outage.begin()
    await add(10)
    await patiently(async () => assert.equal((await breaker()).state, 'open'))
    // Half an hour would be the same again and again.
    for (let pings = 0; pings < 4; pings++) {
      const { nextPingAt: last } = await breaker()
      await patiently(async () => {
        const { nextPingAt } = await breaker()
        assert.ok(nextPingAt && nextPingAt !== last)
      })
    }
    const { state, history } = await breaker()
    assert.equal(state, 'open')
    assert.equal(history.filter(({ to }) => to === 'open').length, before + 1)
    assert.match(history.at(-1)?.reason ?? '', /The store of pictures is away/)
    const lost = await part.database.rows(
      "SELECT id FROM images WHERE outcome IN ('MISSING', 'EXHAUSTED', 'UNREADABLE')",
    )
    assert.equal(lost.length, 0)
    await othersGoOn(part)
    await outage.end()
    await final()
  }
}

/** A ping waits up to ten seconds, a photo of a folder that is away up to thirty, and the machine may be busy. */
async function patiently(attempt: () => Promise<void>): Promise<void> {
  await eventually(attempt, { withinMs: 120_000, everyMs: 50 })
}

/** The folder in which the server keeps the objects of unknown people. */
async function objects({ folder }: S3Server, prefix: string): Promise<string> {
  const path = join(folder, 'photos', prefix, 'unknown_people')
  await mkdir(path, { recursive: true })
  return path
}

/** Ready and serving but for the pictures; a photo that comes as bytes is looked at. */
async function othersGoOn({ recogniser, address }: Suite): Promise<void> {
  using health = new Health(address)
  await health.check({ deadlineMs: 10_000 })
  await assert.rejects(health.check({ service: 'pictures', deadlineMs: 10_000 }), /NOT_SERVING/)
  assert.equal((await fetch(`${recogniser.ops}/readyz`)).status, 200)
  const { parts } = (await (await fetch(`${recogniser.ops}/status`)).json()) as { parts: Record<string, object> }
  assert.partialDeepStrictEqual(parts.pictures, { state: 'away' })
  assert.match(await (await fetch(`${recogniser.ops}/metrics`)).text(), /^livepods_picture_store_available 0$/m)
  using stack = new DisposableStack()
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  const { outcome } = await call(client, client.identify, { content: JPEG }, { deadlineMs: 30_000 })
  assert.equal(outcome, 'OUTCOME_NO_FACE')
}

test('while the folder of pictures is absent, or a mount point without its volume, photos wait; in one that is there a photo may be MISSING', async () => {
  await using part = await suite()
  const [folder, volume] = [part.unknown, `${part.unknown}-elsewhere`]
  const absent: Outage = { begin: () => rename(folder, volume), end: () => rename(volume, folder) }
  const unmounted: Outage = {
    begin: async () => {
      await absent.begin()
      await mkdir(folder)
    },
    end: async () => {
      await rm(folder, { recursive: true })
      await absent.end()
    },
  }
  await withstands(part, folder, [absent, unmounted, absent])
  const id = await part.add('never-was.jpg')
  await patiently(async () => assert.equal((await part.row(id)).outcome, 'MISSING'))
})

test('a further folder that is away delays its own photos only', async () => {
  const further = await mkdtemp(join(tmpdir(), 'livepods-further-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(further, { recursive: true, force: true }))
  const part = stack.use(await suite({ IMAGE_ROOTS: further }))
  await writeFile(join(further, 'a.jpg'), JPEG)
  await writeFile(join(part.unknown, 'b.jpg'), JPEG)
  await rename(further, `${further}-elsewhere`)
  const waiting = await Promise.all(Array.from({ length: 8 }, (_, i) => part.add(`${further}/${'./'.repeat(i)}a.jpg`)))
  await patiently(async () => {
    for (const id of waiting) assert.match((await part.row(id)).last_error ?? '', /cannot be used/)
  })
  const other = await part.add('b.jpg')
  await patiently(async () => assert.equal((await part.row(other)).outcome, 'NO_FACE'))
  assert.equal((await statusOf(part.processor.ops)).parts.breaker.history.length, 0)
  await rename(`${further}-elsewhere`, further)
  // As its wait would end.
  await part.database.change(
    'UPDATE images SET due_at = UTC_TIMESTAMP(3), wake_at = UTC_TIMESTAMP(3) WHERE due_at IS NOT NULL',
  )
  await patiently(async () => {
    for (const id of waiting) assert.partialDeepStrictEqual(await part.row(id), { outcome: 'NO_FACE', attempts: 1 })
  })
})

if (S3_TEST_SERVER) {
  const program = S3_TEST_SERVER

  test('while S3 answers 503, refuses connections or swallows everything photos wait', async () => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await S3Server.start(program))
    const http = stack.use(await FaultyProxy.open(server.port))
    const tcp = stack.use(await TcpProxy.open({ host: '127.0.0.1', port: http.port }))
    const outages: Outage[] = [
      toggled((isAway) => {
        http.fault = isAway ? unavailable : undefined
      }),
      { begin: () => tcp.close(), end: () => tcp.reopen() },
      toggled((isAway) => {
        tcp.swallows = isAway
      }),
    ]
    const part = stack.use(await suite(server.environment('away', { port: tcp.port })))
    await withstands(part, await objects(server, 'away'), outages)
  })

  test('one picture that S3 cannot give costs its photo attempts, and the others nothing', async () => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await S3Server.start(program))
    const proxy = stack.use(await FaultyProxy.open(server.port))
    proxy.fault = (request, response) => (request.url ?? '').includes('broken.jpg') && unavailable(request, response)
    const part = stack.use(await suite(server.environment('one', { port: proxy.port })))
    const folder = await objects(server, 'one')
    for (const name of ['broken.jpg', 'good.jpg']) await writeFile(join(folder, name), JPEG)
    const [broken, good] = [await part.add('broken.jpg'), await part.add('good.jpg')]
    await patiently(async () => assert.equal((await part.row(good)).outcome, 'NO_FACE'))
    await patiently(async () =>
      assert.partialDeepStrictEqual(await part.row(broken), { outcome: 'EXHAUSTED', attempts: 5 }),
    )
  })
} else console.log('S3 is not tested here: S3_TEST_SERVER names no versitygw.')
