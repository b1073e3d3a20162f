import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase } from '@livepods/testing'
import { Changes } from '../src/changes.ts'
import { PhotoStore } from '../src/photo-store.ts'
import { addPhoto, finish } from './support/rows.ts'

test('each change is told once', async () => {
  await using db = await freshDatabase()
  const changes = new Changes(new PhotoStore(db.database))
  const states = async () => {
    const photos = await changes.next()
    return photos === 'many' ? photos : photos.map(({ path, state }) => `${path} ${state}`)
  }
  const id = await addPhoto(db.database, { path: 'a' })
  assert.deepEqual(await states(), ['a pending'])
  assert.deepEqual(await states(), [])
  await addPhoto(db.database, { path: 'b' })
  await finish(db.database, id, 'UNIDENTIFIED', [{}])
  assert.deepEqual((await states()).toString(), ['a unidentified', 'b pending'].toString())
  assert.deepEqual(await states(), [])
})

test('what a slow transaction commits with an earlier time is told too', async () => {
  await using db = await freshDatabase()
  const changes = new Changes(new PhotoStore(db.database))
  const late = await addPhoto(db.database, { path: 'late' })
  await changes.next()
  await db.database.transaction(async (session) => {
    await session.change('UPDATE images SET status = 3, updated_at = UTC_TIMESTAMP(3) WHERE id = ?', [late])
    await addPhoto(db.database, { path: 'quick' })
    const quick = await changes.next()
    assert.deepEqual(quick !== 'many' && quick.map(({ path }) => path), ['quick'])
  })
  const told = await changes.next()
  assert.deepEqual(told !== 'many' && told.map(({ path, state }) => [path, state]), [['late', 'processing']])
})

test('after a pause only the last two seconds are told', async () => {
  await using db = await freshDatabase()
  const changes = new Changes(new PhotoStore(db.database))
  const old = await addPhoto(db.database, { path: 'old' })
  await db.database.change('UPDATE images SET updated_at = UTC_TIMESTAMP(3) - INTERVAL 3 SECOND WHERE id = ?', [old])
  await addPhoto(db.database, { path: 'new' })
  const first = await changes.next()
  assert.deepEqual(first !== 'many' && first.map(({ path }) => path), ['new'])
  changes.forget()
  const again = await changes.next()
  assert.deepEqual(again !== 'many' && again.map(({ path }) => path), ['new'])
})

test('too many changes are told as many, not again and again, and once more when late ones have committed', async () => {
  await using db = await freshDatabase()
  const rows = Array.from({ length: 201 }, (_, index) => [`photo ${index}`])
  const changes = new Changes(new PhotoStore(db.database), { overlapMs: 200 })
  await changes.next()
  await db.database.change('INSERT INTO images (path) VALUES ?', [rows])
  assert.equal(await changes.next(), 'many')
  let asked = 0
  for (;;) {
    const next = await changes.next()
    if (next === 'many') break
    assert.ok(next.length <= 1, 'only what has the very millisecond of the leap is told again')
    asked += 1
  }
  assert.ok(asked > 1)
  assert.deepEqual(await changes.next(), [])
})
