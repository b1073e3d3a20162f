import assert from 'node:assert/strict'
import { test } from 'node:test'
import { galleryServer } from './support/faces-server.ts'
import { LineGallery } from './support/gallery.ts'
import { descriptorAt } from './support/recognitions.ts'
import { metric, running, soon } from './support/running.ts'

const FACES = 3000

test('kill -9 in the middle of a re-match: the next process continues, and every face is re-matched', async () => {
  const gallery = new LineGallery()
  await using server = await galleryServer(gallery)
  await using part = await running()
  const image = await part.add('x.jpg')
  await part.set(image, "outcome = 'UNIDENTIFIED', due_at = NULL, wake_at = NULL")
  const rows = Array.from({ length: FACES }, (_, i) => [image, 0, 0, 1, 1, 1, descriptorAt(i % 2 ? 0 : 50 + i), 'test'])
  await part.database.change('INSERT INTO faces (image_id, x, y, width, height, score, descriptor, engine) VALUES ?', [
    rows,
  ])

  gallery.people = { anna: 0 }
  const second = Promise.withResolvers<void>()
  const never = new Promise<void>(() => {})
  const done = async () => (await part.database.rows('SELECT id FROM faces WHERE generation > 0')).length
  let batches = 0
  gallery.before = async () => {
    if (++batches < 2) return
    second.resolve()
    await never
  }
  const first = await part.start(server.address)
  await second.promise
  await soon(async () => assert.equal(await done(), 1000))
  assert.equal(await first.stop('SIGKILL'), 'SIGKILL')
  assert.equal(await done(), 1000)

  gallery.before = undefined
  gallery.asked = 0
  const next = await part.start(server.address)
  await soon(async () => assert.equal(await done(), FACES))
  assert.equal(gallery.asked, FACES - 1000)
  await soon(async () => assert.equal((await part.row(image)).outcome, 'IDENTIFIED'))
  assert.equal((await part.database.rows('SELECT id FROM faces WHERE person_id IS NOT NULL')).length, FACES / 2)
  // All strangers are far apart.
  await soon(async () => {
    assert.equal((await part.database.rows('SELECT DISTINCT group_id FROM faces WHERE group_id > 0')).length, FACES / 2)
  })
  await soon(async () => assert.equal(await metric(next.ops, 'livepods_faces_to_rematch'), 0))
})
