import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { FolderStore, ImageRoots } from '@livepods/images'
import { eventually, freshDatabase } from '@livepods/testing'
import { PhotoStore } from '../src/photo-store.ts'
import { deleteExpired, Retention } from '../src/retention.ts'
import { Uploads } from '../src/uploads.ts'
import { log } from './support/build.ts'

const fresh = await freshDatabase()
const folder = await mkdtemp(join(tmpdir(), 'livepods-retention-'))
after(async () => {
  await fresh[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
const { database } = fresh
const photoStore = new PhotoStore(database)
const store = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: join(folder, 'known') }))
const uploads = new Uploads({ store, submissions: { submit: async () => assert.fail() }, maxBytes: 0 })
const week = { photoStore, uploads, days: 7 }

beforeEach(() => database.change('DELETE FROM images'))

/** Final unless `outcome` is null. */
const insert = (paths: string[], days: number, outcome: string | null = 'NO_FACE') =>
  database.change(
    `INSERT INTO images (path, outcome, due_at, created_at) VALUES ${paths.map(() => '(?)').join(', ')}`.replaceAll(
      '(?)',
      `(?, ${outcome ? `'${outcome}', NULL` : 'NULL, UTC_TIMESTAMP(3)'}, UTC_TIMESTAMP(3) - INTERVAL ${days} DAY)`,
    ),
    // A list, so that the driver sends a plain query.
    paths.map((path) => [path]),
  )
const paths = async () =>
  (await database.rows<{ path: string }>('SELECT path FROM images ORDER BY id')).map(({ path }) => path)

test('old photos in a final state are deleted; young ones and those that are due stay', async () => {
  await insert(['old.jpg'], 8)
  await insert(['old-unknown.jpg'], 8, 'UNIDENTIFIED')
  await insert(['old-waiting.jpg'], 8, null)
  await insert(['young.jpg'], 6)
  assert.equal(await deleteExpired(week), 2)
  assert.deepEqual(await paths(), ['old-waiting.jpg', 'young.jpg'])
})

test('more than one batch is deleted in one run, by two replicas at once too', async () => {
  const many = Array.from({ length: 1100 }, (_, index) => `${index}.jpg`)
  await insert(many, 8)
  await insert(['stays.jpg'], 1)
  const deleted = await Promise.all([deleteExpired(week), deleteExpired(week)])
  assert.equal(deleted[0] + deleted[1], 1100)
  assert.deepEqual(await paths(), ['stays.jpg'])
})

test('the file of an upload is removed, that of any other photo stays', async () => {
  const upload = `uploads/${'a'.repeat(64)}.jpg`
  await mkdir(join(folder, 'uploads'))
  for (const path of [upload, 'mine.jpg']) await writeFile(join(folder, path), 'x')
  await insert([upload, 'mine.jpg'], 8)
  assert.equal(await deleteExpired(week), 2)
  assert.equal(existsSync(join(folder, upload)), false)
  assert.equal(existsSync(join(folder, 'mine.jpg')), true)
})

test('it runs again and again, also after a run that failed, and ends when it is disposed', async () => {
  let runs = 0
  const failing = {
    pageAfter: async (id: string, page: { days: number; limit: number }) => {
      if (runs++ === 0) throw new Error('database is away')
      return await photoStore.pageAfter(id, page)
    },
    deleteFinal: (ids: string[]) => photoStore.deleteFinal(ids),
  }
  await insert(['old.jpg'], 8)
  const retention = new Retention({ ...week, photoStore: failing, log, everyMs: 1 })
  await eventually(async () => assert.deepEqual(await paths(), []))
  await retention[Symbol.asyncDispose]()
})
