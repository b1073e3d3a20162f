import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freshDatabase, type TestDatabase } from '@livepods/testing'
import { peopleOf } from '../src/photo.ts'
import { PhotoStore } from '../src/photo-store.ts'
import { addPerson, addPhoto, finish } from './support/rows.ts'

describe('photos of every kind', () => {
  let db: TestDatabase
  let store: PhotoStore
  let anna: number
  let kim: number
  const id: Record<string, string> = {}

  before(async () => {
    db = await freshDatabase()
    store = new PhotoStore(db.database)
    anna = await addPerson(db.database, 'Anna')
    kim = await addPerson(db.database, 'Kim')
    const known = { status: 1, outcome: 'IDENTIFIED' }
    id.original = await addPhoto(db.database, { path: 'original', status: 1, person: kim })
    id.waiting = await addPhoto(db.database, { path: 'waiting', attempts: 1 })
    id.running = await addPhoto(db.database, { path: 'running', status: 3 })
    id.stranger = await addPhoto(db.database, {
      path: 'stranger',
      outcome: 'UNIDENTIFIED',
      faces: [{ runnerUp: [anna, 0.61] }],
    })
    id.anna = await addPhoto(db.database, {
      ...known,
      path: 'anna',
      person: anna,
      faces: [{ runnerUp: [kim, 0.7] }, { person: anna, distance: 0.6, runnerUp: [kim, 0.72] }, {}],
    })
    id.both = await addPhoto(db.database, {
      ...known,
      path: 'both',
      person: anna,
      faces: [
        { person: kim, distance: 0.5 },
        { person: anna, distance: 0.4 },
        { person: kim, distance: 0.55 },
      ],
    })
    id.named = await addPhoto(db.database, { ...known, path: 'named', faces: [{ person: kim, decided: true }] })
    for (const outcome of ['NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED', 'EXHAUSTED']) {
      id[outcome] = await addPhoto(db.database, { path: outcome, status: 2, outcome })
    }
    id.failed = await addPhoto(db.database, { path: 'failed by kube-cluster-sample', status: 2 })
    await db.database.change('ALTER TABLE images MODIFY person INT NULL')
    id.null = await addPhoto(db.database, { path: 'null' })
    await db.database.change('UPDATE images SET person = NULL WHERE id = ?', [id.null])
  })
  after(() => db[Symbol.asyncDispose]())

  const paths = async (filter: Parameters<PhotoStore['page']>[0]) =>
    (await store.page(filter, 50)).photos.map(({ path }) => path)

  test('each state has its photos, newest first', async () => {
    assert.deepEqual(await paths({ state: 'pending' }), ['null', 'waiting'])
    assert.deepEqual(await paths({ state: 'processing' }), ['running'])
    assert.deepEqual(await paths({ state: 'identified' }), ['named', 'both', 'anna', 'original'])
    assert.deepEqual(await paths({ state: 'unidentified' }), ['stranger'])
    const failed = ['failed by kube-cluster-sample', 'EXHAUSTED', 'REFUSED', 'MISSING', 'UNREADABLE']
    assert.deepEqual(await paths({ state: 'failed' }), failed)
    assert.deepEqual(await paths({ state: 'no-face' }), ['NO_FACE'])
    assert.deepEqual(await paths({ status: 'FAILED' }), [...failed, 'NO_FACE'])
  })

  test('the counts agree with the filters', async () => {
    assert.deepEqual(await store.counts(), { pending: 2, processing: 1, known: 4, unknown: 1, failed: 6 })
  })

  test('a person has the photos with a face near enough or named', async () => {
    assert.deepEqual(await paths({ person: kim }), ['named', 'both'])
    assert.deepEqual(await paths({ person: anna }), ['both', 'anna'])
    assert.deepEqual(await paths({ person: kim, state: 'identified', before: id.named }), ['both'])
    assert.deepEqual(await paths({ person: kim, state: 'failed' }), [])
    assert.deepEqual(await paths({ person: 999 }), [])
  })

  test('a face is known when the machine or a person named it; any other has the nearest person', async () => {
    const photo = await store.photo(id.anna ?? '')
    assert.deepEqual(
      photo?.faces.map(({ known, nearest }) => [known, nearest?.name]),
      [
        [false, 'Kim'],
        [true, 'Anna'],
        [false, undefined],
      ],
    )
    assert.deepEqual(photo?.faces[1]?.runnerUp, { id: kim, name: 'Kim', distance: 0.72 })
    const named = await store.photo(id.named ?? '')
    assert.equal(named?.faces[0]?.known, true)
  })

  test('people of a photo come once each, the nearest first', async () => {
    const people = async (photo: string | undefined) => {
      const found = await store.photo(photo ?? '')
      return found && peopleOf(found).map(({ name }) => name)
    }
    assert.deepEqual(await people(id.both), ['Anna', 'Kim'])
    assert.deepEqual(await people(id.original), ['Kim'])
    assert.deepEqual(await people(id.null), [])
  })

  test('pages follow each other without a gap or a double', async () => {
    const seen: string[] = []
    let before: string | undefined
    do {
      const { photos, next } = await store.page({ before }, 3)
      seen.push(...photos.map((photo) => photo.id))
      before = next
    } while (before)
    assert.deepEqual(
      seen,
      Object.values(id).toSorted((a, b) => Number(b) - Number(a)),
    )
  })

  test('a photo or a path that does not exist is undefined', async () => {
    assert.equal(await store.photo('999'), undefined)
    assert.equal(await store.path('9223372036854775807'), undefined)
    assert.equal(await store.path(id.both ?? ''), 'both')
  })

  test('people come in pages, with the number of their known photos', async () => {
    await db.database.change('INSERT INTO person_images (image_name, person_id) VALUES (?, ?), (?, ?)', [
      'kim/1.jpg',
      kim,
      'kim/2.jpg',
      kim,
    ])
    assert.deepEqual(await store.people(0, 1), {
      people: [{ id: anna, name: 'Anna', folder: null, images: 0 }],
      next: anna,
    })
    assert.deepEqual(await store.people(anna, 1), {
      people: [{ id: kim, name: 'Kim', folder: null, images: 2 }],
      next: undefined,
    })
    assert.deepEqual(await store.peopleByName(1), [{ id: anna, name: 'Anna' }])
    assert.deepEqual(await store.peopleByName(1, kim), [{ id: kim, name: 'Kim' }])
  })
})

test('what changed at a moment or later is found to the millisecond, and every change has a version of its own', async () => {
  await using db = await freshDatabase()
  const store = new PhotoStore(db.database)
  const old = await addPhoto(db.database, { path: 'old' })
  const fresh = await addPhoto(db.database, { path: 'fresh' })
  await db.database.change('UPDATE images SET updated_at = ? WHERE id = ?', ['2026-01-01 00:00:00.123', old])
  await db.database.change('UPDATE images SET updated_at = ? WHERE id = ?', ['2026-01-01 00:00:00.124', fresh])
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, ms))
  const ids = async (from: Date) => (await store.throwChangedSince(from, 10)).map(({ id }) => id)
  assert.deepEqual(await ids(at(123)), [old, fresh])
  assert.deepEqual(await ids(at(124)), [fresh])
  assert.deepEqual(await ids(at(125)), [])

  const [before] = await store.throwChangedSince(at(124), 1)
  await finish(db.database, fresh, 'NO_FACE')
  await db.database.change('UPDATE images SET updated_at = ? WHERE id = ?', [before?.at ?? null, fresh])
  const [after] = await store.throwChangedSince(at(124), 1)
  assert.notEqual(after?.version, before?.version)
})

test('the last errors are those of photos that have one still, the newest first', async () => {
  await using db = await freshDatabase()
  const store = new PhotoStore(db.database)
  for (const path of ['old', 'fine', 'new']) await addPhoto(db.database, { path })
  await addPhoto(db.database, { path: 'heic', status: 2, outcome: 'UNREADABLE', lastError: 'HEIC cannot be decoded.' })
  const fail = 'UPDATE images SET last_error = ?, updated_at = UTC_TIMESTAMP(3) - INTERVAL ? SECOND WHERE path = ?'
  await db.database.change(fail, ['older', 60, 'old'])
  await db.database.change(fail, ['newer', 5, 'new'])
  const errors = await store.lastErrors(5)
  assert.deepEqual(
    errors.map(({ path, error }) => [path, error]),
    [
      ['new', 'newer'],
      ['old', 'older'],
    ],
  )
  assert.equal((await store.lastErrors(1)).length, 1)
})

test('a photo that changes while photos are counted is counted once', async () => {
  await using db = await freshDatabase()
  const store = new PhotoStore(db.database)
  const id = await addPhoto(db.database, { path: 'restless' })
  let counted = false
  const change = async () => {
    while (!counted) {
      await finish(db.database, id, 'UNIDENTIFIED')
      await db.database.change('UPDATE images SET status = 0, outcome = NULL WHERE id = ?', [id])
    }
  }
  const changing = change()
  const sums = new Set<number>()
  for (let round = 0; round < 200; round++) {
    const { pending, unknown } = await store.counts()
    sums.add(pending + unknown)
  }
  counted = true
  await changing
  assert.deepEqual([...sums], [1])
})
