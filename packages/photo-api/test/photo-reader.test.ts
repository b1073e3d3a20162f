import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freshDatabase } from '@livepods/testing'
import { type Filter, PhotoReader } from '../src/index.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh
const photos = new PhotoReader(database)

const insert = async (path: string, status = 0, person = -1) => {
  const sql = 'INSERT INTO images (path, status, person) VALUES (?, ?, ?)'
  return (await database.change(sql, [path, status, person])).insertId
}
const idsOf = async (filter: Filter, limit = 10) => (await photos.page(filter, limit)).photos.map(({ id }) => id)
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
  const photo = (await photos.photo(id)) ?? assert.fail()
  assert.equal(photo.path, 'anna.jpg')
  assert.deepEqual([photo.status, photo.state], ['PROCESSED', 'identified'])
  assert.deepEqual(photo.person, { id: anna, name: 'Anna' })
  assert.ok(Math.abs(photo.createdAt.getTime() - Date.now()) < 60_000)
  assert.equal(photo.finishedAt, undefined)
  assert.deepEqual(photo.faces[0], {
    ...{ id: photo.faces[0]?.id, x: 0.25, y: 0.5, width: 0.125, height: 0.0625, score: 0.99, distance: 0.41 },
    ...{ quality: undefined, known: true, decided: false, group: undefined, runnerUp: undefined },
    nearest: { id: anna, name: 'Anna', distance: 0.41 },
  })
  assert.deepEqual([photo.faces[1]?.known, photo.faces[1]?.nearest], [false, undefined])
})

test('a photo that a kube-cluster-sample receiver inserted is read like any other', async () => {
  const photo = (await photos.photo(await insert('original.jpg'))) ?? assert.fail()
  assert.deepEqual([photo.status, photo.state, photo.final], ['PENDING', 'pending', false])
  assert.equal(photo.person, undefined)
  assert.deepEqual(photo.faces, [])
})

test('an id that nobody has finds nothing, however long it is', async () => {
  for (const id of ['0', '999999', '99999999999999999999']) assert.equal(await photos.photo(id), undefined)
})

test('ids beyond 2^53 are told apart', async () => {
  await database.change("INSERT INTO images (id, path) VALUES (9007199254740993, 'large.jpg')")
  assert.equal((await photos.photo('9007199254740993'))?.id, '9007199254740993')
  assert.equal(await photos.photo('9007199254740992'), undefined)
  assert.deepEqual(await idsOf({ before: '9007199254740994' }, 1), ['9007199254740993'])
  assert.notDeepEqual(await idsOf({ before: '9007199254740993' }, 1), ['9007199254740993'])
  await database.change('DELETE FROM images WHERE id = 9007199254740993')
})

test('pages follow each other without gap or repetition while photos arrive', async () => {
  const ids: string[] = []
  for (let index = 0; index < 7; index++) ids.unshift(await insert(`page/${index}.jpg`, 2))
  const first = await photos.page({ status: 'FAILED' }, 4)
  await insert('page/late.jpg', 2)
  const second = await photos.page({ status: 'FAILED', before: first.next }, 4)
  assert.deepEqual(
    [...first.photos, ...second.photos].map(({ id }) => id),
    ids,
  )
  assert.equal(second.next, undefined)
})

test('a deleted person is shown to nobody, although that can still be undone', async () => {
  const dora = await insertPerson('Dora')
  const photo = await insert('deleted.jpg', 1, dora)
  await insertFace(photo, dora)
  const names = async () => {
    const { person, faces = [] } = (await photos.photo(photo)) ?? {}
    return [person?.name, faces[0]?.nearest?.name, (await photos.page({}, 1)).photos[0]?.person?.name]
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
  assert.deepEqual(await idsOf({ person: bert }), [alone, both])
  assert.deepEqual(await idsOf({ person: carla }), [both])
  assert.deepEqual(await idsOf({ person: bert, state: 'processing' }), [alone])
  assert.deepEqual(await idsOf({ person: bert, status: 'PROCESSING' }), [alone])
  assert.deepEqual(await idsOf({ person: bert, status: 'PROCESSED', state: 'processing' }), [])
  assert.deepEqual(await idsOf({ person: bert, before: alone }), [both])
  assert.deepEqual(await idsOf({ person: 4711 }), [])
})

test('every state finds its photos, a status those of all states that have it', async () => {
  await database.change('DELETE FROM images')
  const known = await insert('known.jpg', 1)
  const waiting = await insert('waiting.jpg')
  const ended = async (path: string, status: number, outcome: string) => {
    const id = await insert(path, status)
    await database.change('UPDATE images SET outcome = ?, due_at = NULL WHERE id = ?', [outcome, id])
    return id
  }
  const stranger = await ended('stranger.jpg', 0, 'UNIDENTIFIED')
  const landscape = await ended('landscape.jpg', 2, 'NO_FACE')
  const broken = await ended('broken.jpg', 2, 'UNREADABLE')
  assert.deepEqual(await idsOf({ state: 'identified' }), [known])
  assert.deepEqual(await idsOf({ state: 'pending' }), [waiting])
  assert.deepEqual(await idsOf({ state: 'unidentified' }), [stranger])
  assert.deepEqual(await idsOf({ state: 'no-face' }), [landscape])
  assert.deepEqual(await idsOf({ state: 'failed' }), [broken])
  assert.deepEqual(await idsOf({ status: 'PENDING' }), [stranger, waiting])
  assert.deepEqual(await idsOf({ status: 'FAILED' }), [broken, landscape])
  assert.deepEqual(await idsOf({ state: 'FAILED' }), [broken, landscape])
  assert.deepEqual(await idsOf({ state: 'FAILED', status: 'PENDING' }), [])
})
