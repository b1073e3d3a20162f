import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { PathRefusedError } from '@livepods/images'
import { Database, DatabaseUnavailableError } from '@livepods/sql'
import { freshDatabase, TcpProxy } from '@livepods/testing'
import { OverloadedError } from '../src/batcher.ts'
import { KeyReusedError, type Submission, SubmissionStore } from '../src/submission-store.ts'
import { type Receipt, Submissions } from '../src/submissions.ts'
import { FakeStore, imageFiles } from './support/build.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())

/** The real store, counting its INSERTs; another one stands for another replica. */
function real(database: Database = fresh.database) {
  const store = new SubmissionStore(database)
  const sizes: number[] = []
  const notified: string[] = []
  const accept = (submissions: Submission[]) => {
    sizes.push(submissions.length)
    return store.accept(submissions)
  }
  const notify = async (ids: string[]) => void notified.push(...ids)
  return { submissions: new Submissions({ store: { accept }, notifier: { notify }, imageFiles }), sizes, notified }
}

function faked(options: { maxWaiting?: number } = {}) {
  const store = new FakeStore()
  return {
    store,
    submissions: new Submissions({ store, notifier: { notify: async () => {} }, imageFiles, ...options }),
  }
}

const unavailable = (indeterminate: boolean) => new DatabaseUnavailableError('away', { indeterminate })
const count = async (like: string) => {
  const [row] = await fresh.database.rows<{ n: string }>('SELECT COUNT(*) AS n FROM images WHERE path LIKE ?', [like])
  return Number(row?.n)
}

test('hundreds of concurrent posts are each accepted once, with few INSERTs, and each is notified once', async () => {
  const { submissions, sizes, notified } = real()
  const paths = Array.from({ length: 400 }, (_, index) => `many/${index}.jpg`)
  const receipts = await Promise.all(paths.map((path) => submissions.submit(path, {})))
  assert.ok(receipts.every(({ isNew, path }, index) => isNew && path === paths[index]))
  assert.equal(new Set(receipts.map(({ id }) => id)).size, 400)
  assert.equal(await count('many/%'), 400)
  assert.deepEqual(sizes, [400])
  assert.deepEqual(new Set(notified), new Set(receipts.map(({ id }) => id)))
})

test('concurrent duplicates of one path on two replicas make one row, and one of them is told that it is new', async () => {
  const replicas = [real(), real()]
  const receipts = await Promise.all(
    Array.from(
      { length: 100 },
      (_, index) => replicas[index % 2]?.submissions.submit('same.jpg', {}) as Promise<Receipt>,
    ),
  )
  assert.equal(new Set(receipts.map(({ id }) => id)).size, 1)
  assert.equal(receipts.filter(({ isNew }) => isNew).length, 1)
  assert.equal(await count('same.jpg'), 1)
  assert.equal(replicas.flatMap(({ notified }) => notified).length, 1)
})

test('concurrent posts with one key and two paths make one row; the other path is refused, its neighbours are not', async () => {
  const replicas = [real(), real()]
  const submit = (index: number) =>
    replicas[index % 2]?.submissions.submit(`key/${index % 2}.jpg`, {}, 'one') as Promise<Receipt>
  const neighbours = replicas.map(({ submissions }, index) => submissions.submit(`key/neighbour-${index}.jpg`, {}))
  const settled = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => submit(index)))
  const refused = settled.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown)
  const receipts = settled.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
  assert.equal(refused.length, 20)
  assert.ok(refused.every((reason) => reason instanceof KeyReusedError))
  assert.equal(new Set(receipts.map(({ id }) => id)).size, 1)
  assert.equal(receipts.filter(({ isNew }) => isNew).length, 1)
  assert.ok((await Promise.all(neighbours)).every(({ isNew }) => isNew))
})

test('overlapping batches of two replicas in opposite order are both accepted', async () => {
  const paths = Array.from({ length: 500 }, (_, index) => `overlap/${index}.jpg`)
  const batches = await Promise.all([
    real().submissions.submitAll(paths, {}),
    real().submissions.submitAll(paths.toReversed(), {}),
  ])
  const receipts = batches.flat() as Receipt[]
  assert.equal(receipts.filter(({ isNew }) => isNew).length, 500)
  assert.equal(await count('overlap/%'), 500)
})

test('1 200 paths take three INSERTs, and the refused ones have their error in their place', async () => {
  const { submissions, sizes } = real()
  const paths = Array.from({ length: 1200 }, (_, index): unknown => `bulk/${index}.jpg`)
  paths[0] = '../etc/passwd'
  paths[700] = 12
  const outcomes = await submissions.submitAll(paths, {})
  assert.deepEqual(sizes, [499, 499, 200])
  assert.ok(outcomes[0] instanceof PathRefusedError && outcomes[700] instanceof PathRefusedError)
  assert.equal((outcomes[1199] as Receipt).path, 'bulk/1199.jpg')
  assert.equal(await count('bulk/%'), 1198)
})

test('a statement whose reply is lost is retried, and the client does not notice', async () => {
  await using proxy = await TcpProxy.open(fresh.options)
  await using database = new Database({ ...fresh.options, host: '127.0.0.1', port: proxy.port })
  const { submissions, sizes, notified } = real(database)
  proxy.loseNextAnswerTo('INSERT INTO images')
  const receipt = await submissions.submit('lost.jpg', {})
  assert.equal(receipt.isNew, true)
  assert.deepEqual(sizes, [1, 1])
  assert.deepEqual(notified, [receipt.id])
})

test('replies that are lost again and again are DatabaseUnavailableError after three attempts', async () => {
  const { store, submissions } = faked()
  store.faults.push(unavailable(true), unavailable(true), unavailable(true))
  await assert.rejects(submissions.submit('a.jpg', {}), DatabaseUnavailableError)
  assert.equal(store.batches.length, 3)
  assert.equal(new Set(store.batches.flat().map(({ id }) => id)).size, 1)
})

test('a statement that was certainly not carried out is not retried', async () => {
  const { store, submissions } = faked()
  store.faults.push(unavailable(false))
  await assert.rejects(submissions.submit('a.jpg', {}), DatabaseUnavailableError)
  assert.equal(store.batches.length, 1)
})

test('submissions beyond maxWaiting are OverloadedError, those that wait are accepted', async () => {
  const { submissions } = faked({ maxWaiting: 2 })
  const settled = await Promise.allSettled(['1', '2', '3', '4'].map((path) => submissions.submit(path, {})))
  assert.deepEqual(
    settled.map((outcome) => (outcome.status === 'rejected' ? outcome.reason instanceof OverloadedError : 'accepted')),
    ['accepted', 'accepted', true, true],
  )
})

test('a batch whose client is gone stops before the next INSERT', async () => {
  const { store, submissions } = faked()
  const paths = Array.from({ length: 1000 }, (_, index) => `given-up/${index}.jpg`)
  const request = new AbortController()
  const batch = submissions.submitAll(paths, {}, request.signal)
  request.abort()
  await assert.rejects(batch, DatabaseUnavailableError)
  assert.equal(store.batches.length, 1)
})
