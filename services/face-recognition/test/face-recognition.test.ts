import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { call, connect, Health } from '@livepods/grpc'
import { facerecog, faces, type IdentifyRequest } from '@livepods/protos'
import { eventually, type SpawnedService, spawnService } from '@livepods/testing'
import sharp from 'sharp'
import { whitePng } from './support/png.ts'
import { samples } from './support/samples.ts'

const main = new URL('../src/main.ts', import.meta.url)
const held = new URL('support/held-worker.ts', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'face-recognition-'))
const [known, unknown, marker] = [join(folder, 'known'), join(folder, 'unknown'), join(folder, 'hold')]
const sample = (number: number) => join(samples, `sample${number}.jpg`)
/** The woman at x 1225–1415 of 1600 in sample 1; her head is upright there, and tilted in sample 3. */
const cutWoman = () => sharp(sample(1)).extract({ left: 1380, top: 250, width: 420, height: 500 }).jpeg().toBuffer()

let service: SpawnedService
let address: string
const stack = new AsyncDisposableStack()
const client = () => stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())

before(async () => {
  for (const path of [known, unknown, join(known, 'woman')]) mkdirSync(path, { recursive: true })
  writeFileSync(join(known, 'woman', '1.jpg'), await cutWoman())
  writeFileSync(join(known, 'broken_1.jpg'), readFileSync(sample(2)).subarray(0, 30_000))
  for (const number of [1, 2, 3]) cpSync(sample(number), join(unknown, `${number}.jpg`))
  service = await start()
  address = await addressOf(service)
})
after(async () => {
  await stack.disposeAsync()
  await service[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function start(environment: Record<string, string> = {}): Promise<SpawnedService> {
  return await spawnService(main, {
    PORT: '0',
    KNOWN_PEOPLE: known,
    UNKNOWN_PEOPLE: unknown,
    FACE_THRESHOLD: '0.5',
    STOP_WITHIN_SECONDS: '40',
    NODE_OPTIONS: `--import=${held.href}`,
    HOLD: marker,
    ...environment,
  })
}

/** No worker begins another picture until the function that this gives is called. */
function hold(): () => void {
  writeFileSync(marker, '')
  return () => rmSync(marker, { force: true })
}

/** Awaits that so many pictures are with the workers or wait for one. */
async function workersHave(pictures: number): Promise<void> {
  await eventually(async () => {
    const { parts } = (await (await fetch(`${service.ops}/status`)).json()) as {
      parts: { workers: { busy: number; waiting: number } }
    }
    assert.equal(parts.workers.busy + parts.workers.waiting, pictures)
  })
}

/** A photo that is not remembered from before: its bytes are others. */
const unlike = (path: string, mark: number) => Buffer.concat([readFileSync(path), Buffer.from([mark])])

const addressOf = async ({ said }: SpawnedService) => `127.0.0.1:${(await said(/"grpcPort":(\d+)/))[1]}`

async function identify(request: IdentifyRequest) {
  using stack = new DisposableStack()
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  return await call(client, client.identify, request, { deadlineMs: 60_000 })
}

test('it becomes ready, serves, and reports its workers and its gallery, bad files included', async () => {
  await service.ready()
  using health = new Health(address)
  await health.check({ deadlineMs: 30_000 })
  const { parts } = (await (await fetch(`${service.ops}/status`)).json()) as {
    parts: Record<string, Record<string, unknown>>
  }
  assert.equal(parts.gallery?.images, 1)
  assert.deepEqual(parts.gallery?.skipped, [
    { image: 'broken_1.jpg', reason: 'The picture is broken or cut off: only 17 % of its rows are there.' },
  ])
  assert.ok(Number(parts.workers?.alive) >= 1)
})

test('an upload or bytes that lack their end are looked at as far as they go, a file that may still grow is not', async () => {
  const whole = readFileSync(sample(1))
  const cutOff = whole.subarray(0, Math.round(whole.length * 0.95))
  const path = `uploads/${hash('sha256', cutOff)}.jpg`
  mkdirSync(join(unknown, 'uploads'), { recursive: true })
  for (const name of [path, 'growing.jpg']) writeFileSync(join(unknown, name), cutOff)
  for (const request of [{ path }, { content: cutOff }]) {
    const { outcome, truncated, faces } = await identify(request)
    assert.deepEqual([outcome, truncated], ['OUTCOME_IDENTIFIED', true])
    assert.ok(faces.some(({ nearest, identified }) => identified && nearest?.person === 'woman'))
  }
  const growing = await identify({ path: 'growing.jpg' })
  assert.deepEqual([growing.outcome, growing.truncated], ['OUTCOME_UNREADABLE', false])
  assert.match(growing.detail, /end is missing/)
  assert.equal((await identify({ path: '1.jpg' })).truncated, false)
})

test('a woman is recognised on another photo, her head tilted by 44°, and nobody else is', async () => {
  await service.ready()
  const { outcome, faces } = await identify({ path: '/unknown_people/3.jpg' })
  assert.equal(outcome, 'OUTCOME_IDENTIFIED')
  const found = faces.filter(({ identified }) => identified)
  assert.deepEqual(
    found.map(({ nearest }) => nearest?.imageName),
    ['woman/1.jpg'],
  )
  assert.ok(Math.abs((found[0]?.box?.x ?? 0) - 888 / 1600) < 0.03)
  assert.equal((await identify({ path: '2.jpg' })).outcome, 'OUTCOME_UNIDENTIFIED')
})

test('a client of kube-cluster-sample gets her image as person_images has it', async () => {
  using stack = new DisposableStack()
  const facerecogClient = stack.adopt(connect(facerecog.Identify, address), (client) => client.close())
  const answer = await call(facerecogClient, facerecogClient.identify, { imagePath: '3.jpg' }, { deadlineMs: 60_000 })
  assert.deepEqual(answer, { imageName: 'woman/1.jpg' })
})

test('hostile pictures are outcomes, one after the other and all at once, and the service goes on', async () => {
  const photo = readFileSync(sample(3))
  const put = (name: string, bytes: Buffer | string) => writeFileSync(join(unknown, name), bytes)
  put('text.jpg', 'I am a picture. Really.')
  put('cut.jpg', photo.subarray(0, photo.length / 2))
  put('bomb.png', whitePng(20_000, 20_000))
  put('large.jpg', Buffer.alloc(26 * 1024 * 1024))
  put('empty.jpg', '')
  put('nobody.png', whitePng(640, 480))
  mkdirSync(join(unknown, 'folder.jpg'))
  execFileSync('mkfifo', [join(unknown, 'pipe.jpg')])
  const outcomes = {
    'text.jpg': 'OUTCOME_UNREADABLE',
    'cut.jpg': 'OUTCOME_UNREADABLE',
    'bomb.png': 'OUTCOME_UNREADABLE',
    'large.jpg': 'OUTCOME_UNREADABLE',
    'empty.jpg': 'OUTCOME_UNREADABLE',
    'folder.jpg': 'OUTCOME_UNREADABLE',
    'pipe.jpg': 'OUTCOME_UNREADABLE',
    'nobody.png': 'OUTCOME_NO_FACE',
    'missing.jpg': 'OUTCOME_MISSING',
    '/etc/passwd': 'OUTCOME_REFUSED',
    '../known/woman/1.jpg': 'OUTCOME_REFUSED',
    'nul\0.jpg': 'OUTCOME_REFUSED',
  }
  const ask = async (path: string) => [path, (await identify({ path })).outcome]
  const one: unknown[] = []
  for (const path of Object.keys(outcomes)) one.push(await ask(path))
  assert.deepEqual(Object.fromEntries(one as [string, string][]), outcomes)
  const all = await Promise.all(Object.keys(outcomes).map(ask))
  assert.deepEqual(Object.fromEntries(all), outcomes)
  assert.equal((await identify({ content: photo })).outcome, 'OUTCOME_IDENTIFIED')
})

test('health answers while all workers are busy', async () => {
  const release = hold()
  const answers = Array.from({ length: 6 }, (_, i) => identify({ content: unlike(sample(1), i) }))
  await workersHave(answers.length)
  using health = new Health(address)
  for (let check = 0; check < 20; check++) await health.check({ deadlineMs: 30_000 })
  await workersHave(answers.length)
  release()
  for (const { faces } of await Promise.all(answers)) assert.equal(faces.length, 3)
})

test('60 equal pictures that come at once are looked at once, and each is answered', async () => {
  const own = client()
  const counts = async () => (await call(own, own.getStats, {}, { deadlineMs: 10_000 })).results
  const before = await counts()
  const release = hold()
  const content = unlike(sample(1), 77)
  const answers = Array.from({ length: 60 }, () => identify({ content }))
  await workersHave(1)
  release()
  for (const { outcome, faces } of await Promise.all(answers))
    assert.deepEqual([outcome, faces.length], ['OUTCOME_IDENTIFIED', 3])
  const after = await counts()
  assert.equal(Number(after?.misses) - Number(before?.misses), 1)
  assert.equal(Number(after?.hits) - Number(before?.hits), 59)
})

test('a known person who comes later is known without a restart', async () => {
  const before = await identify({ path: '1.jpg' })
  writeFileSync(
    join(known, '.arriving'),
    await sharp(sample(2)).extract({ left: 1350, top: 30, width: 400, height: 480 }).jpeg().toBuffer(),
  )
  renameSync(join(known, '.arriving'), join(known, 'newcomer_1.jpg'))
  await eventually(async () => assert.notEqual((await identify({ path: '2.jpg' })).gallery, before.gallery), {
    everyMs: 250,
    withinMs: 30_000,
  })
  const { outcome, faces } = await identify({ path: '2.jpg' })
  assert.equal(outcome, 'OUTCOME_IDENTIFIED')
  assert.deepEqual(
    faces.flatMap(({ identified, nearest }) => (identified ? [nearest?.person] : [])),
    ['newcomer'],
  )
})

test('SIGTERM in the middle of work: what was accepted is answered, then it exits with 0', async () => {
  const own = client()
  // What the workers do for the known people would be counted too.
  await workersHave(0)
  const release = hold()
  const pictures = Array.from({ length: 4 }, (_, i) => unlike(sample(3), i))
  const answers = pictures.map((content) => call(own, own.identify, { content }, { deadlineMs: 60_000 }))
  await workersHave(answers.length)
  const stopped = service.stop('SIGTERM')
  await service.said(/"msg":"stopping"/)
  release()
  for (const { outcome } of await Promise.all(answers)) assert.equal(outcome, 'OUTCOME_IDENTIFIED')
  assert.equal(await stopped, 0)
})

test('SIGTERM while the known people are being loaded ends it after the pictures at hand, with 0', async () => {
  const many = mkdtempSync(join(tmpdir(), 'many-'))
  for (let i = 0; i < 60; i++) writeFileSync(join(many, `person${i}x.jpg`), unlike(sample(4), i))
  const release = hold()
  await using loading = await start({ KNOWN_PEOPLE: many })
  await addressOf(loading)
  assert.equal((await fetch(`${loading.ops}/readyz`)).status, 503)
  const stopped = loading.stop('SIGTERM')
  await loading.said(/"msg":"stopping"/)
  release()
  assert.equal(await stopped, 0)
  assert.doesNotMatch(loading.output(), /known people loaded/)
  rmSync(many, { recursive: true })
})

test('a bad environment ends it with 78, all faults named', async () => {
  await using faulty = await start({ FACE_THRESHOLD: '2', FACE_WORKERS: 'many', FACE_ENGINE: 'magic' })
  assert.equal(await faulty.exited, 78)
  for (const name of ['FACE_THRESHOLD', 'FACE_WORKERS', 'FACE_ENGINE']) assert.match(faulty.output(), new RegExp(name))
})

test('without the packages of its engine it ends with 78 and says what helps', async () => {
  const hooks = new URL('support/without-engine.ts', import.meta.url)
  await using faulty = await start({ NODE_OPTIONS: `--import=${hooks.href}`, FACE_ENGINE: 'face-api' })
  assert.equal(await faulty.exited, 78)
  assert.match(faulty.output(), /FACE_ENGINE is .*cannot be loaded: install its optional packages/)
})

test('opencv with a folder that lacks its nets ends with 78 and says what helps; another engine only warns', async () => {
  const nowhere = join(folder, 'nowhere')
  await using faulty = await start({ FACE_ENGINE: 'opencv', FACE_MODELS: nowhere })
  assert.equal(await faulty.exited, 78)
  assert.match(faulty.output(), /FACE_ENGINE is .*cannot be loaded: fetch its nets with .*yunet.*is missing\./)
  await using other = await start({ FACE_MODELS: nowhere })
  await other.said(/FACE_MODELS is of no use/)
  await other.ready()
})
