import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  FolderStore,
  type ImageFileStore,
  ImageRoots,
  openBucket,
  openStore,
  StoreUnavailableError,
} from '@livepods/images'
import { freshDatabase, S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { PhotoStore } from '../src/photo-store.ts'
import { ResubmissionStore } from '../src/resubmission-store.ts'
import { Resubmissions } from '../src/resubmissions.ts'
import { SubmissionStore } from '../src/submission-store.ts'
import { Submissions } from '../src/submissions.ts'
import { Uploads } from '../src/uploads.ts'
import { build } from './support/build.ts'
import { png } from './support/photos.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
const { database } = stack.use(await freshDatabase())
const folder = await mkdtemp(join(tmpdir(), 'livepods-resubmission-'))
stack.defer(() => rm(folder, { recursive: true }))
const folders = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: join(folder, 'known') }))

/** The app over the real database and a real store; another one stands for another replica. */
function replica(imageFiles: ImageFileStore = folders, withinMs = 60_000) {
  const notified: string[] = []
  const notifier = { notify: async (ids: string[]) => void notified.push(...ids) }
  const resubmissions = new Resubmissions({ store: new ResubmissionStore(database), imageFiles, withinMs })
  const submissions = new Submissions({ store: new SubmissionStore(database), notifier, imageFiles, resubmissions })
  const uploads = new Uploads({ store: imageFiles, submissions, maxBytes: 1_000_000 })
  const { app } = build({ submissions, uploads, photoStore: new PhotoStore(database) })
  const post = async (url: string, payload: object, headers: Record<string, string> = {}) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers })
    return { status: statusCode, body }
  }
  return {
    notified,
    app,
    post: async (path: string, key?: string) => {
      const { status, body } = await post('/v1/images', { path }, key === undefined ? {} : { 'idempotency-key': key })
      return { http: status, ...(JSON.parse(body) as { id: string; status: string; dueAgain?: boolean }) }
    },
    batch: async (...paths: string[]) => {
      const { body } = await post('/v1/images/batch', { paths })
      return (JSON.parse(body) as { results: { result: string; status: string; dueAgain?: boolean }[] }).results
    },
    imagePost: (path: string) => post('/image/post', { path }),
    imagesPost: (...paths: string[]) => post('/images/post', { paths: paths.map((path) => ({ path })) }),
  }
}
const { post, batch, imagePost, imagesPost, notified, app } = replica()

let files = 0
/** A photo that was looked at a moment ago, and became that; `stamp` as the row has it. */
async function failed(outcome: string, { stamp = null as string | null, path = `${files++}.jpg` } = {}) {
  const { id } = await post(path)
  await database.change(
    `UPDATE images SET status = IF(? = 'UNIDENTIFIED', 0, IF(? = 'IDENTIFIED', 1, 2)), outcome = ?, stamp = ?, attempts = 5, due_at = NULL,
       wake_at = NULL, last_error = 'what it was', finished_at = UTC_TIMESTAMP(3) WHERE id = ?`,
    [outcome, outcome, outcome, stamp, id],
  )
  return { id, path }
}
const write = async (path: string, text: string) => await writeFile(join(folder, path), text)
/** The same with a file that is still what was looked at. */
async function failedFile(outcome: string) {
  const path = `${files++}.jpg`
  await write(path, 'not yet')
  return await failed(outcome, { path, stamp: await folders.stamp(path) })
}
const pass = (id: string, seconds: number) =>
  database.change('UPDATE images SET finished_at = finished_at - INTERVAL ? SECOND WHERE id = ?', [seconds, id])
async function row(id: string) {
  const [found] = await database.rows<{
    status: number
    outcome: string | null
    attempts: number
    rounds: number
    idempotency_key: string | null
    last_error: string | null
    due: unknown
    wake: unknown
  }>(
    `SELECT status, outcome, attempts, rounds, idempotency_key, last_error, due_at <= UTC_TIMESTAMP(3) AS due,
       TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), wake_at) AS wake FROM images WHERE id = ?`,
    [id],
  )
  assert.ok(found)
  return found
}

for (const outcome of ['EXHAUSTED', 'MISSING'])
  test(`a photo that is ${outcome} is due again when it is submitted again, with all its attempts, notified, and the answer says so`, async () => {
    const { id, path } = await failed(outcome)
    const answer = await post(path)
    assert.deepEqual(answer, { http: 200, id, status: 'PENDING', href: `/v1/images/${id}`, dueAgain: true })
    const { status, attempts, rounds, last_error, due, wake } = await row(id)
    assert.deepEqual([status, (await row(id)).outcome, attempts, rounds, last_error], [0, null, 0, 1, null])
    assert.equal(Number(due), 1)
    assert.ok(Number(wake) >= 8 && Number(wake) <= 10, `${wake}`)
    assert.ok(notified.includes(id))
  })

test('resubmitting makes a photo due more often than the retry job would, but once a minute at most', async () => {
  const { id, path } = await failed('MISSING')
  await database.change('UPDATE images SET rounds = 7 WHERE id = ?', [id])
  assert.equal((await post(path)).dueAgain, undefined)
  await pass(id, 50)
  assert.equal((await post(path)).dueAgain, undefined)
  await pass(id, 11)
  assert.equal((await post(path)).dueAgain, true)
  assert.equal((await row(id)).rounds, 8)
  await failed('MISSING', { path })
  assert.equal((await post(path)).dueAgain, undefined)
  await pass(id, 61)
  await database.change('UPDATE images SET rounds = 65535 WHERE id = ?', [id])
  assert.equal((await post(path)).dueAgain, true)
})

test('resubmitting a photo that is pending, processing, identified or unidentified changes nothing', async () => {
  const { id, path } = await failed('MISSING')
  await post(path)
  assert.equal((await post(path)).dueAgain, undefined)
  await database.change('UPDATE images SET status = 3 WHERE id = ?', [id])
  assert.deepEqual([(await post(path)).dueAgain, (await row(id)).status], [undefined, 3])
  for (const outcome of ['IDENTIFIED', 'UNIDENTIFIED']) {
    const done = await failedFile(outcome)
    await write(done.path, 'another')
    assert.deepEqual([(await post(done.path)).dueAgain, (await row(done.id)).outcome], [undefined, outcome])
  }
})

const changes: [title: string, change: (path: string) => Promise<unknown>][] = [
  ['mended', (path) => write(path, 'a picture')],
  [
    'replaced by rename',
    async (path) => {
      await write('new', 'not yes')
      await rename(join(folder, 'new'), join(folder, path))
    },
  ],
]
for (const outcome of ['UNREADABLE', 'NO_FACE', 'REFUSED'])
  for (const [title, change] of changes)
    test(`a photo that is ${outcome} is due again when its file was ${title}, and not before`, async () => {
      const { id, path } = await failedFile(outcome)
      assert.deepEqual([(await post(path)).dueAgain, (await row(id)).outcome], [undefined, outcome])
      await change(path)
      assert.equal((await post(path)).dueAgain, true)
      assert.equal((await row(id)).rounds, 1)
    })

test('without a stored stamp, a photo that is UNREADABLE or REFUSED is due again, and one that is NO_FACE is not', async () => {
  for (const [outcome, dueAgain] of [
    ['UNREADABLE', true],
    ['REFUSED', true],
    ['NO_FACE', undefined],
  ] as const) {
    const { path } = await failed(outcome)
    // There is no file.
    assert.equal((await post(path)).dueAgain, undefined)
    await write(path, 'a picture')
    assert.equal((await post(path)).dueAgain, dueAgain, outcome)
  }
})

test('batches and the endpoints of kube-cluster-sample make failed photos due again, too', async () => {
  const [gone, empty, same, fine] = [
    await failed('MISSING'),
    await failedFile('UNREADABLE'),
    await failedFile('UNREADABLE'),
    await failed('EXHAUSTED'),
  ]
  await write(empty.path, 'a picture')
  assert.deepEqual(
    (await batch(gone.path, empty.path, same.path, 'new.jpg', gone.path)).map(({ result, status, dueAgain }) => [
      result,
      status,
      dueAgain,
    ]),
    [
      ['duplicate', 'PENDING', true],
      ['duplicate', 'PENDING', true],
      ['duplicate', 'FAILED', undefined],
      ['accepted', 'PENDING', undefined],
      ['duplicate', 'PENDING', true],
    ],
  )
  assert.deepEqual([(await row(gone.id)).rounds, (await row(same.id)).rounds], [1, 0])
  assert.match((await imagePost(fine.path)).body, /already exists/)
  assert.equal((await row(fine.id)).rounds, 1)
  await write(same.path, 'a picture')
  const other = await failed('MISSING')
  assert.equal((await imagesPost(same.path, other.path)).status, 200)
  for (const { id } of [same, other]) {
    assert.equal((await row(id)).status, 0)
    assert.ok(notified.includes(id))
  }
})

test('a repeated key changes nothing; a new one makes the photo due, and is stored where the photo had none', async () => {
  const path = 'keyed.jpg'
  const { id } = await post(path, 'key-1')
  await failed('MISSING', { path })
  // `failed` submitted it without a key.
  assert.deepEqual([(await post(path, 'key-1')).dueAgain, (await row(id)).outcome], [undefined, 'MISSING'])
  assert.equal((await post(path, 'key-2')).dueAgain, true)
  assert.equal((await row(id)).idempotency_key, 'key-1')

  const other = await failed('MISSING')
  assert.equal((await post(other.path, 'key-3')).dueAgain, true)
  await failed('MISSING', { path: other.path })
  await pass(other.id, 61)
  assert.equal((await post(other.path, 'key-3')).dueAgain, undefined)
  assert.equal((await post('elsewhere.jpg', 'key-3')).http, 422)
  assert.equal((await post(other.path, 'key-1')).http, 422)
  assert.equal((await row(other.id)).rounds, 1)
})

test('of many concurrent resubmissions on two replicas, one makes the photo due', async () => {
  const { id, path } = await failed('EXHAUSTED')
  const replicas = [replica(), replica()]
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => replicas[index % 2]?.post(path)))
  assert.equal(answers.filter((answer) => answer?.dueAgain).length, 1)
  assert.equal((await row(id)).rounds, 1)
  assert.equal(replicas.flatMap(({ notified }) => notified).length, 1)
})

test('an upload that is EXHAUSTED or MISSING is due when its bytes come again; one that is UNREADABLE or NO_FACE is not', async () => {
  const photo = png(10, 10)
  const send = async () => {
    const headers = { 'content-type': 'image/png' }
    const answer = await app.inject({ method: 'POST', url: '/v1/images', payload: photo, headers })
    return answer.json() as { id: string; dueAgain?: boolean }
  }
  const { id } = await send()
  for (const [outcome, dueAgain] of [
    ['EXHAUSTED', true],
    ['MISSING', true],
    ['UNREADABLE', undefined],
    ['NO_FACE', undefined],
  ] as const) {
    await database.change(
      `UPDATE images SET status = 2, outcome = ?, rounds = 0, stamp = 'another', due_at = NULL, wake_at = NULL WHERE id = ?`,
      [outcome, id],
    )
    assert.equal((await send()).dueAgain, dueAgain, outcome)
  }
})

test('while the store is away or hangs, resubmitting an UNREADABLE photo is 200 and changes nothing', async () => {
  const away = replica(
    Object.assign(Object.create(folders) as FolderStore, {
      check: () => {},
      canonical: (path: string) => path,
      stamp: () => Promise.reject(new StoreUnavailableError('away')),
    }),
  )
  const hangs = replica(
    Object.assign(Object.create(folders) as FolderStore, {
      check: () => {},
      canonical: (path: string) => path,
      stamp: () => new Promise(() => {}),
    }),
    20,
  )
  const [unreadable, gone] = [await failedFile('UNREADABLE'), await failed('MISSING')]
  await write(unreadable.path, 'a picture')
  for (const { post, batch } of [away, hangs]) {
    assert.deepEqual([(await post(unreadable.path)).http, (await row(unreadable.id)).outcome], [200, 'UNREADABLE'])
    const results = await batch(unreadable.path, `${files++}-new.jpg`)
    assert.deepEqual(
      results.map(({ result }) => result),
      ['duplicate', 'accepted'],
    )
  }
  // MISSING needs no stamp, and does not wait for one.
  assert.equal((await hangs.post(gone.path)).dueAgain, true)
})

if (S3_TEST_SERVER) {
  test('stamps of objects in S3 work like those of files', async () => {
    const server = stack.use(await S3Server.start(S3_TEST_SERVER ?? ''))
    const known = join(folder, 'known')
    await mkdir(known, { recursive: true })
    const environment = { UNKNOWN_PEOPLE: folder, KNOWN_PEOPLE: known, ...server.environment('resubmission') }
    const imageFiles = stack.use(await openStore(environment))
    const bucket = await openBucket(environment)
    assert.ok(bucket)
    stack.use(bucket)
    const put = async (text: string) => {
      const bytes = Buffer.from(text)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      await bucket.put('unknown_people/s3.jpg', { body: () => bytes, length: bytes.length, sha256 })
    }
    await put('not yet')
    const { post } = replica(imageFiles)
    const { id } = await failed('UNREADABLE', { path: 's3.jpg', stamp: await imageFiles.stamp('s3.jpg') })
    assert.equal((await post('s3.jpg')).dueAgain, undefined)
    // The same bytes once more are the same picture.
    await put('not yet')
    assert.equal((await post('s3.jpg')).dueAgain, undefined)
    await put('a photo')
    assert.equal((await post('s3.jpg')).dueAgain, true)
    assert.equal((await row(id)).rounds, 1)
  })
} else console.log('S3 is not tested here: S3_TEST_SERVER names no versitygw.')
