import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { ImageRoots } from '@livepods/images'
import type { DatabaseUnavailableError } from '@livepods/sql'
import { Database } from '@livepods/sql'
import { freshDatabase, TcpProxy } from '@livepods/testing'
import type { RequestContext } from '../src/request-context.ts'
import { KeyReusedError, type Stored, type Submission, SubmissionStore } from '../src/submission-store.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh
const store = new SubmissionStore(database)

const roots = new ImageRoots({ unknownPeople: '/photos', knownPeople: '/people' })
const submission = (path: string, key?: string, context: RequestContext = {}): Submission => ({
  id: randomUUID(),
  path,
  canonical: roots.canonical(path),
  key,
  context,
})
const accept = async (...submissions: Submission[]) => (await store.accept(submissions)) as Stored[]
const rowsOf = (path: string) => database.rows<Record<string, unknown>>('SELECT * FROM images WHERE path = ?', [path])

test('a new row is pending, due now, redispatched after ten seconds, and has the ids of its request', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const mine = submission('new.jpg', 'k-new', { requestId: 'r-1', traceparent })
  const [stored] = await accept(mine)
  assert.equal(stored?.isNew, true)
  assert.equal(stored?.status, 'PENDING')
  const [row] = await rowsOf('new.jpg')
  assert.ok(row)
  assert.equal(row.id, stored?.id)
  assert.equal(row.submission, mine.id)
  assert.equal(row.request_id, 'r-1')
  assert.equal(row.traceparent, traceparent)
  assert.equal(row.idempotency_key, 'k-new')
  assert.equal(row.person, -1)
  const seconds = ((row.wake_at as Date).getTime() - (row.due_at as Date).getTime()) / 1000
  assert.ok(seconds > 9 && seconds < 11, `${seconds}`)
})

test('a duplicate returns the row that exists, and one INSERT takes new paths and duplicates', async () => {
  const [first] = await accept(submission('there.jpg'))
  const [again, other] = await accept(submission('there.jpg'), submission('other.jpg'))
  assert.deepEqual(again, { ...first, isNew: false })
  assert.equal(other?.isNew, true)
})

test('the same path twice in one batch is one row, and only the first is new', async () => {
  const stored = await accept(submission('twice.jpg'), submission('twice.jpg'))
  assert.deepEqual(
    stored.map(({ isNew }) => isNew),
    [true, false],
  )
  assert.equal(stored[0]?.id, stored[1]?.id)
})

test('all spellings of a path are one row, with the path as it was sent first, also in one batch', async () => {
  const [first] = await accept(submission('x//spelt.jpg', 'k-spelt'))
  for (const path of ['x/spelt.jpg', './x/spelt.jpg', '/unknown_people/x/spelt.jpg', '/photos/x/spelt.jpg']) {
    const [again] = await accept(submission(path))
    assert.deepEqual([again?.id, again?.isNew], [first?.id, false], path)
  }
  const [sameKey] = await accept(submission('x/spelt.jpg', 'k-spelt'))
  assert.equal(sameKey?.id, first?.id)
  const [row] = await rowsOf('x//spelt.jpg')
  assert.equal(row?.canonical, 'x/spelt.jpg')
  const batch = await accept(submission('y/one.jpg'), submission('y/./one.jpg'), submission('/known_people/y/one.jpg'))
  assert.deepEqual([batch[0]?.id === batch[1]?.id, batch.map(({ isNew }) => isNew)], [true, [true, false, true]])
})

test('a row without a canonical path gets it when its path is submitted again; of two spellings with rows, one', async () => {
  await database.change("INSERT INTO images (path) VALUES ('z/old.jpg'), ('z//old.jpg'), ('z/./other.jpg')")
  const stored = await accept(submission('z/old.jpg'), submission('z//old.jpg'), submission('z/./other.jpg'))
  assert.equal(new Set(stored.map(({ id }) => id)).size, 3)
  const canonicals = await Promise.all(['z/old.jpg', 'z//old.jpg', 'z/./other.jpg'].map(rowsOf))
  assert.deepEqual(
    canonicals.map(([row]) => row?.canonical),
    ['z/old.jpg', null, 'z/other.jpg'],
  )
  const [again] = await accept(submission('z/other.jpg'))
  assert.equal(again?.id, stored[2]?.id)
})

test('paths that differ in case or accent are different photos', async () => {
  const stored = await accept(submission('a/É.jpg'), submission('a/é.jpg'), submission('a/e.jpg'))
  assert.equal(new Set(stored.map(({ id }) => id)).size, 3)
})

test('a row that another program inserted with a trailing space is the same photo', async () => {
  const { insertId } = await database.change("INSERT INTO images (path) VALUES ('padded.jpg ')")
  const [stored] = await accept(submission('padded.jpg'))
  assert.deepEqual([stored?.id, stored?.isNew], [insertId, false])
})

test('quotes, emoji and placeholders in a path are stored as they came', async () => {
  for (const path of [`it's "x".jpg`, 'smile 😀.jpg', 'why?.jpg', '%s; DROP TABLE images;--.jpg']) {
    await accept(submission(path))
    assert.equal((await rowsOf(path)).length, 1)
  }
})

test('accepting the same submissions again returns the same and inserts nothing', async () => {
  const batch = [submission('again-1.jpg'), submission('again-2.jpg', 'k-again')]
  const first = await accept(...batch)
  assert.deepEqual(await accept(...batch), first)
  assert.ok(first.every(({ isNew }) => isNew))
})

test('a key of another path is refused and the rest of the batch is stored', async () => {
  await accept(submission('keyed.jpg', 'k-1'))
  const [reused, fine, same] = await store.accept([
    submission('keyed-other.jpg', 'k-1'),
    submission('keyed-fine.jpg', 'k-2'),
    submission('keyed.jpg', 'k-1'),
  ])
  assert.ok(reused instanceof KeyReusedError)
  assert.equal((fine as Stored).isNew, true)
  assert.equal((same as Stored).isNew, false)
  assert.equal((await rowsOf('keyed-other.jpg')).length, 0)
})

test('one key with two paths in one batch belongs to the first', async () => {
  const key = 'k-both'
  const [first, second] = await store.accept([submission('both-1.jpg', key), submission('both-2.jpg', key)])
  assert.equal((first as Stored).isNew, true)
  assert.ok(second instanceof KeyReusedError)
})

test('500 rows of the longest paths fit into one statement', async () => {
  const longest = Array.from({ length: 500 }, (_, index) => {
    const name = `${index}.jpg`
    return submission(name + '😀'.repeat(512 - name.length))
  })
  const stored = (await store.accept(longest)) as Stored[]
  assert.equal(new Set(stored.map(({ id }) => id)).size, 500)
})

test('a photo that is deleted between its INSERT and the reading back is inserted again', async () => {
  await accept(submission('vanishing.jpg'))
  let deleted = false
  const vanishing = {
    change: database.change.bind(database),
    rows: async (sql: string, values: never) => {
      if (!deleted) await database.change("DELETE FROM images WHERE path = 'vanishing.jpg'")
      deleted = true
      return await database.rows(sql, values)
    },
  } as unknown as Database
  const [stored] = await new SubmissionStore(vanishing).accept([submission('vanishing.jpg')])
  assert.equal((stored as Stored).isNew, true)
})

test('after a lost reply the rows are recognised as this submission’s own', async () => {
  await using proxy = await TcpProxy.open(fresh.options)
  await using unsure = new Database({ ...fresh.options, host: '127.0.0.1', port: proxy.port })
  const batch = [submission('lost-1.jpg'), submission('lost-2.jpg')]
  proxy.loseNextAnswerTo('INSERT INTO images')
  await assert.rejects(
    new SubmissionStore(unsure).accept(batch),
    (error) => (error as DatabaseUnavailableError).indeterminate,
  )
  assert.equal((await rowsOf('lost-1.jpg')).length, 1)
  const stored = (await new SubmissionStore(unsure).accept(batch)) as Stored[]
  assert.deepEqual(
    stored.map(({ isNew }) => isNew),
    [true, true],
  )
})
