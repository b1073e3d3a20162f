import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProblemError } from '@livepods/http'
import { ImageMissingError } from '@livepods/images'
import { BY, peopleParts } from '../support/people.ts'

/** Descriptors whose distance is that of the places. */
function at(place: number): Buffer {
  const descriptor = Buffer.alloc(512)
  descriptor.writeFloatLE(place)
  return descriptor
}

/** A photo whose face was described at place 0, and its file as `found` describes it now. */
async function described(path = 'a.jpg') {
  const part = await peopleParts()
  const photo = await part.photo(path, {})
  const face = photo.faces[0] ?? ''
  await part.database.change("UPDATE faces SET descriptor = ?, engine = 'test' WHERE id = ?", [at(0), face])
  const [row] = await part.database.rows<{ x: number; y: number; width: number; height: number }>(
    'SELECT x, y, width, height FROM faces WHERE id = ?',
    [face],
  )
  const box = row ?? { x: 0, y: 0, width: 0, height: 0 }
  /** A cut-out shows the face at that place, the whole file at this. */
  const shows = (cut: number | undefined, whole: number | undefined) => {
    part.files.found = (picture) => {
      const place = 'path' in picture ? whole : cut
      return place === undefined ? [] : [{ box, descriptor: at(place) }]
    }
  }
  const name = () => part.people.name(BY, photo.id, face, { name: 'Anna', another: false })
  const due = async () =>
    (await part.row(`SELECT due_at IS NOT NULL AS due, outcome FROM images WHERE id = ${photo.id}`)) as object
  return { part, photo, face, shows, name, due, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}
const notDue = { due: 0, outcome: 'UNIDENTIFIED' }
const numbers = (row: object) => ({ ...row, due: Number((row as { due: unknown }).due) })

test('a face whose file shows another picture now is not named: nothing changes, and the photo is due again', async () => {
  await using it = await described()
  for (const [cut, whole] of [
    [0.5, 0.5],
    [0.9, undefined],
    [undefined, undefined],
    [undefined, 0.4],
  ]) {
    await it.part.database.change("UPDATE images SET due_at = NULL, wake_at = NULL, outcome = 'UNIDENTIFIED'")
    it.shows(cut, whole)
    await assert.rejects(it.name(), { status: 409, message: /shows another picture now/ })
    assert.deepEqual(numbers(await it.due()), { due: 1, outcome: null })
  }
  assert.deepEqual(await it.part.names(it.photo.id), [undefined])
  assert.deepEqual(await it.part.database.rows('SELECT id FROM person'), [])
  assert.deepEqual(await it.part.database.rows('SELECT id FROM face_changes'), [])
  assert.equal(it.part.files.files.size, 0)
})

test('a face is named when its cut-out shows it, however roughly, or when the whole file does', async () => {
  for (const [cut, whole] of [
    [0, undefined],
    [0.25, undefined],
    [0.5, 0.01],
    [undefined, 0.01],
  ]) {
    await using it = await described()
    it.shows(cut, whole)
    await it.name()
    assert.deepEqual([await it.part.names(it.photo.id), it.part.files.files.size], [['Anna'], 1])
    assert.equal(numbers(await it.due()).due, 0)
  }
})

test('an upload is named without a look, since its bytes cannot change', async () => {
  await using it = await described(`uploads/${'a'.repeat(64)}.jpg`)
  it.shows(0.9, 0.9)
  await it.name()
  assert.deepEqual([await it.part.names(it.photo.id), it.part.files.files.size], [['Anna'], 1])
})

test('a file that is gone is named and not enrolled, with a warning', async () => {
  await using it = await described()
  it.part.parts.pictures.portrait = async () => {
    throw new ImageMissingError('There is no such picture.')
  }
  await it.name()
  assert.deepEqual([await it.part.names(it.photo.id), it.part.files.files.size], [['Anna'], 0])
  assert.match(JSON.stringify(await it.part.row('SELECT `before` FROM face_changes')), /cannot be read any more/)
})

test('without the face service a face is named, and a later enrollment does not take another picture', async () => {
  await using it = await described()
  it.part.files.before = () => {
    throw new ProblemError(503, 'away')
  }
  await it.name()
  assert.deepEqual([await it.part.names(it.photo.id), it.part.files.files.size], [['Anna'], 0])
  it.part.files.before = () => {}
  it.shows(0.9, 0.9)
  await it.part.people.repair()
  assert.equal(it.part.files.files.size, 0)
  assert.match(JSON.stringify(await it.part.row('SELECT `before` FROM face_changes')), /shows another picture now/)
  assert.deepEqual(await it.part.names(it.photo.id), ['Anna'])
  assert.equal(numbers(await it.due()).due, 1)
})

test('a face of another engine is described again first', async () => {
  await using it = await described()
  it.shows(0, 0)
  it.part.files.engine = 'newer'
  await assert.rejects(it.name(), { status: 409, message: /another version of the face service.*again/ })
  assert.deepEqual(numbers(await it.due()), { due: 1, outcome: null })
  await it.part.database.change("UPDATE images SET due_at = NULL, wake_at = NULL, outcome = 'UNIDENTIFIED'")
  await it.part.database.change("UPDATE faces SET engine = 'newer'")
  await it.name()
  assert.deepEqual(numbers(await it.due()), { ...notDue, outcome: 'IDENTIFIED' })
  assert.equal(it.part.files.files.size, 1)
})
