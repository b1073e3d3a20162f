import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freshDatabase } from '@livepods/testing'
import { PhotoStore } from '../src/photo-store.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh
const photoStore = new PhotoStore(database)

test('deleting a photo deletes its faces', async () => {
  const { insertId: id } = await database.change("INSERT INTO images (path) VALUES ('gone.jpg')")
  await database.change('INSERT INTO faces (image_id, x, y, width, height, score) VALUES (?, 0, 0, 1, 1, 1)', [id])
  assert.equal(await photoStore.delete(id), true)
  assert.deepEqual(await database.rows('SELECT id FROM images WHERE id = ?', [id]), [])
  assert.deepEqual(await database.rows('SELECT id FROM faces WHERE image_id = ?', [id]), [])
  assert.equal(await photoStore.delete(id), false)
})

test('an id that nobody has deletes nothing, however long it is', async () => {
  for (const id of ['0', '999999', '99999999999999999999']) assert.equal(await photoStore.delete(id), false)
})

test('a database without tables does not answer a ping', async () => {
  await using other = await freshDatabase()
  await new PhotoStore(other.database).ping()
  await other.database.change('DROP TABLE faces')
  await other.database.change('DROP TABLE images')
  await assert.rejects(new PhotoStore(other.database).ping())
})
