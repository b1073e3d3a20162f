import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freshDatabase } from '@livepods/testing'
import { ImageStore } from '../src/image-store.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh
const images = new ImageStore(database)

const insert = async (path: string, status = 0, person = -1) => {
  const sql = 'INSERT INTO images (path, status, person) VALUES (?, ?, ?)'
  return (await database.change(sql, [path, status, person])).insertId
}
const insertPerson = async (name: string) =>
  Number((await database.change('INSERT INTO person (name) VALUES (?)', [name])).insertId)
const insertFace = (image: string, person: number | null) =>
  database.change(
    `INSERT INTO faces (image_id, x, y, width, height, score, descriptor, person_id, distance)
      VALUES (?, 0.25, 0.5, 0.125, 0.0625, 0.99, 'secret', ?, 0.41)`,
    [image, person],
  )

test('a photo is read with its person and every face', async () => {
  const anna = await insertPerson('Anna')
  const id = await insert('anna.jpg', 1, anna)
  await insertFace(id, anna)
  await insertFace(id, null)
  const { image, faces } = (await images.get(id)) ?? assert.fail()
  assert.equal(image.path, 'anna.jpg')
  assert.equal(image.status, 'PROCESSED')
  assert.deepEqual(image.person, { id: anna, name: 'Anna' })
  assert.ok(Math.abs(image.createdAt.getTime() - Date.now()) < 60_000)
  assert.equal(image.finishedAt, null)
  assert.deepEqual(faces[0], {
    id: faces[0]?.id,
    box: { x: 0.25, y: 0.5, width: 0.125, height: 0.0625 },
    score: 0.99,
    person: { id: anna, name: 'Anna' },
    distance: 0.41,
    decided: false,
  })
  assert.equal(faces[1]?.person, null)
})

test('a photo that an original receiver inserted is read like any other', async () => {
  const id = await insert('original.jpg')
  const { image, faces } = (await images.get(id)) ?? assert.fail()
  assert.equal(image.status, 'PENDING')
  assert.equal(image.person, null)
  assert.deepEqual(faces, [])
})

test('an id that nobody has finds nothing, however long it is', async () => {
  for (const id of ['0', '999999', '99999999999999999999']) {
    assert.equal(await images.get(id), undefined)
    assert.equal(await images.delete(id), false)
  }
})

test('ids beyond 2^53 are told apart', async () => {
  await database.change("INSERT INTO images (id, path) VALUES (9007199254740993, 'large.jpg')")
  assert.equal((await images.get('9007199254740993'))?.image.id, '9007199254740993')
  assert.equal(await images.get('9007199254740992'), undefined)
  assert.equal((await images.list({ before: '9007199254740994', limit: 1 }))[0]?.path, 'large.jpg')
  assert.notEqual((await images.list({ before: '9007199254740993', limit: 1 }))[0]?.path, 'large.jpg')
  assert.equal(await images.delete('9007199254740993'), true)
})

test('pages follow each other without gap or repetition while photos arrive', async () => {
  const ids: string[] = []
  for (let index = 0; index < 7; index++) ids.unshift(await insert(`page/${index}.jpg`, 2))
  const first = await images.list({ state: 'FAILED', limit: 4 })
  await insert('page/late.jpg', 2)
  const second = await images.list({ state: 'FAILED', before: first.at(-1)?.id, limit: 4 })
  assert.deepEqual(
    [...first, ...second].map(({ id }) => id),
    ids,
  )
})

test('a deleted person is shown to nobody, although that can still be undone', async () => {
  const dora = await insertPerson('Dora')
  const photo = await insert('deleted.jpg', 1, dora)
  await insertFace(photo, dora)
  const names = async () => {
    const { image, faces = [] } = (await images.get(photo)) ?? {}
    return [image?.person?.name, faces[0]?.person?.name, (await images.list({ limit: 1 }))[0]?.person?.name]
  }
  assert.deepEqual(await names(), ['Dora', 'Dora', 'Dora'])
  await database.change('UPDATE person SET deleted_at = UTC_TIMESTAMP(3) WHERE id = ?', [dora])
  assert.deepEqual(await names(), [undefined, undefined, undefined])
  await database.change('DELETE FROM images WHERE id = ?', [photo])
})

test('the filters find the photos of a person and of a state, also together', async () => {
  const [bert, carla] = [await insertPerson('Bert'), await insertPerson('Carla')]
  const both = await insert('both.jpg', 1, bert)
  const alone = await insert('alone.jpg', 3, bert)
  for (const face of [bert, carla, bert]) await insertFace(both, face)
  await insertFace(alone, bert)
  const idsOf = async (filter: object) => (await images.list({ limit: 10, ...filter })).map(({ id }) => id)
  assert.deepEqual(await idsOf({ person: bert }), [alone, both])
  assert.deepEqual(await idsOf({ person: carla }), [both])
  assert.deepEqual(await idsOf({ person: bert, state: 'PROCESSING' }), [alone])
  assert.deepEqual(await idsOf({ person: bert, before: alone }), [both])
  assert.deepEqual(await idsOf({ person: 4711 }), [])
})

test('deleting a photo deletes its faces', async () => {
  const id = await insert('gone.jpg')
  await insertFace(id, null)
  assert.equal(await images.delete(id), true)
  assert.equal(await images.get(id), undefined)
  assert.deepEqual(await database.rows('SELECT id FROM faces WHERE image_id = ?', [id]), [])
  assert.equal(await images.delete(id), false)
})

test('a database without tables does not answer a ping', async () => {
  await using other = await freshDatabase()
  await new ImageStore(other.database).ping()
  await other.database.change('DROP TABLE faces')
  await other.database.change('DROP TABLE images')
  await assert.rejects(new ImageStore(other.database).ping())
})
