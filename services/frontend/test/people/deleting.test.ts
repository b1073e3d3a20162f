import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProblemError } from '@livepods/http'
import { People } from '../../src/people/people.ts'
import { PeopleStore } from '../../src/people/people-store.ts'
import { PhotoStore } from '../../src/photo-store.ts'
import { BY, peopleParts } from '../support/people.ts'

/** Anna: two known images, a named group, a face that a machine recognised, and one that is her runner-up only. */
async function parts() {
  const part = await peopleParts()
  const { database, people } = part
  const { person: boris } = await people.add(BY, 'Boris', [{ name: 'b.jpg', bytes: Buffer.from('b') }])
  const group = await part.group()
  const one = await part.photo('1.jpg', { group })
  const two = await part.photo('2.jpg', { group })
  await people.name(BY, one.id, one.faces[0] ?? '', { name: 'Anna', another: false })
  const { id: anna, folder } = await part.person('Anna')
  await people.addPhotos(BY, anna, [{ name: 'a.jpg', bytes: Buffer.from('a') }])
  const seen = await part.photo('3.jpg', { person: anna, distance: 0.3 }, { person: boris, distance: 0.4 })
  const near = await part.photo('4.jpg', { runnerUp: [anna, 0.7] })
  await database.change('UPDATE faces SET descriptor = ?', [Buffer.alloc(512, 1)])
  const state = async () => ({
    faces: await database.rows('SELECT id, group_id, person_id, distance, decided, descriptor FROM faces ORDER BY id'),
    groups: await database.rows('SELECT * FROM face_groups ORDER BY id'),
    people: await database.rows('SELECT id, name, folder, deleted_at FROM person ORDER BY id'),
    images: await part.knownImages(),
    files: [...part.files.files].map(([name, bytes]) => `${name} ${bytes}`).sort(),
    photos: await Promise.all([one, two, seen, near].map(({ id }) => part.state(id))),
  })
  const photos = { one, two, seen, near }
  const all = { ...part, ...{ boris, anna, folder, photos, state, store: new PeopleStore(database) } }
  return { ...all, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}

test('a deleted person is shown to nobody and known by no file; undo gives everything back', async () => {
  await using part = await parts()
  const { anna, photos, store, database } = part
  const before = await part.state()
  const change = await part.people.delete(BY, anna)
  const told = JSON.stringify([
    await new PhotoStore(database).photos(Object.values(photos).map(({ id }) => id)),
    await new PhotoStore(database).people(0, 50),
    await new PhotoStore(database).peopleByName(50, anna),
    await store.cards(undefined, 50),
    await store.card(anna),
    await store.unknownClusters(50),
    await store.changes(50),
  ])
  assert.doesNotMatch(told, /Anna/)
  assert.deepEqual(await database.rows('SELECT person FROM images WHERE person = ?', [anna]), [])
  assert.ok([...part.files.files.keys()].every((name) => !name.startsWith(part.folder)))
  for (const refused of [
    () => part.people.name(BY, photos.near.id, photos.near.faces[0] ?? '', { person: anna }),
    () => part.people.merge(BY, anna, part.boris),
    () => part.people.merge(BY, part.boris, anna),
    () => part.people.rename(BY, anna, 'Anne'),
    () => part.people.addPhotos(BY, anna, [{ name: 'x.jpg', bytes: Buffer.from('x') }]),
    () => part.people.delete(BY, anna),
  ])
    await assert.rejects(refused(), { status: 404 })
  await part.people.repair()
  await part.people.undo(BY, change)
  assert.deepEqual(await part.state(), before)
  await assert.rejects(part.people.undo(BY, change), { status: 409, message: /undone already/ })
  await part.people.repair()
  assert.deepEqual(await part.state(), before)
})

test('faces that somebody named otherwise meanwhile stay so when the deletion is undone, and when it is purged', async () => {
  for (const end of ['undo', 'purge']) {
    await using part = await parts()
    const { anna, boris, photos } = part
    const change = await part.people.delete(BY, anna)
    await part.people.name(BY, photos.one.id, photos.one.faces[0] ?? '', { person: boris })
    if (end === 'undo') await part.people.undo(BY, change)
    else await part.expire()
    await part.people.repair()
    const others = end === 'undo' ? 'Anna' : undefined
    assert.deepEqual(await part.names(photos.one.id), ['Boris'], end)
    assert.deepEqual(await part.names(photos.two.id), [others], end)
    const rows = await part.database.rows<{ id: string; known: string }>(
      'SELECT id, descriptor IS NOT NULL AS known FROM faces ORDER BY id',
    )
    const kept = rows.filter(({ known }) => Number(known) === 1).length
    assert.equal(kept, end === 'undo' ? 5 : 3, end)
  }
})

test('after five minutes an undo is neither offered nor carried out, and everything is purged by whichever replica is there', async () => {
  await using part = await parts()
  const { anna, database, store } = part
  const change = await part.people.delete(BY, anna)
  assert.deepEqual(
    (await store.changes(1)).map(({ id, undoable }) => [id, undoable]),
    [[change, true]],
  )
  await part.expire()
  assert.equal((await store.changeOf(change))?.undoable, false)
  await assert.rejects(part.people.undo(BY, change), { status: 409, message: /5 minutes/ })
  await new People({ database, ...part.parts }).repair()
  assert.deepEqual(await database.rows('SELECT name FROM person'), [{ name: 'Boris' }])
  assert.deepEqual([part.files.deleted.size, [...part.files.files.values()].map(String)], [0, ['b']])
  await assert.rejects(part.people.undo(BY, change), { status: 409, message: /5 minutes/ })
  assert.deepEqual(
    (await store.changes(9)).map(({ action }) => action),
    ['add'],
    'only what concerns Boris is told',
  )
  const gone = await database.rows<{ before: unknown }>("SELECT `before` FROM face_changes WHERE action = 'gone'")
  assert.equal(gone.length, 1)
})

test('a face service that is away holds neither a deletion nor its undo up; the files follow', async () => {
  await using part = await parts()
  const { anna, folder } = part
  const before = await part.state()
  const away = () => {
    throw new Error('away')
  }
  part.files.before = away
  const change = await part.people.delete(BY, anna)
  assert.equal(await part.store.card(anna), undefined)
  part.files.before = () => {}
  await part.people.repair()
  assert.ok([...part.files.files.keys()].every((name) => !name.startsWith(folder)))
  part.files.before = away
  await part.people.undo(BY, change)
  assert.equal((await part.store.card(anna))?.name, 'Anna')
  part.files.before = () => {}
  await part.people.repair()
  assert.deepEqual(await part.state(), before)
})

test('known people that are read-only keep the person: the deletion is refused, and nothing of it is left', async () => {
  await using part = await parts()
  const before = await part.state()
  part.files.before = (step) => {
    if (step === 'deletePerson') throw new ProblemError(409, 'The known people are read-only for this service.')
  }
  await assert.rejects(part.people.delete(BY, part.anna), { status: 409, message: /read-only/ })
  assert.deepEqual(await part.state(), before)
  assert.deepEqual(await part.database.rows("SELECT id FROM face_changes WHERE action = 'delete'"), [])
})

test('a deletion that is refused half way brings back what was set aside', async () => {
  await using part = await parts()
  const before = await part.state()
  const { files } = part
  const remove = files.deletePerson.bind(files)
  files.deletePerson = async (person, names) => {
    await remove(person, names.slice(0, 1))
    throw new ProblemError(409, 'Another picture has its name.')
  }
  await assert.rejects(part.people.delete(BY, part.anna), { status: 409, message: /Another picture/ })
  assert.deepEqual(await part.state(), before)
  await part.people.repair()
  assert.deepEqual(await part.state(), before)
})

test('a deletion that the version before began is finished, as it began it: nothing is left', async () => {
  await using part = await parts()
  await part.database.change("INSERT INTO face_changes (actor, action, `before`) VALUES ('old', 'delete', ?)", [
    JSON.stringify({ state: 'doing', people: [part.anna] }),
  ])
  await part.people.repair()
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'Boris' }])
  assert.deepEqual([...part.files.files.values()].map(String), ['b'])
})

test('a frontend of the version before that removes the rows of images does not keep the undo from bringing them back', async () => {
  await using part = await parts()
  const before = await part.state()
  const change = await part.people.delete(BY, part.anna)
  await part.database.change('DELETE FROM person_images WHERE person_id = ?', [part.anna])
  await part.people.undo(BY, change)
  assert.deepEqual(await part.state(), before)
})

test('deleted, undone, deleted again and undone again: everything is as it was', async () => {
  await using part = await parts()
  const before = await part.state()
  for (let i = 0; i < 2; i++) await part.people.undo(BY, await part.people.delete(BY, part.anna))
  assert.deepEqual(await part.state(), before)
})

test('somebody else may bear the name meanwhile', async () => {
  await using part = await parts()
  const change = await part.people.delete(BY, part.anna)
  await part.people.add(BY, 'Anna', [{ name: 'n.jpg', bytes: Buffer.from('new') }])
  await part.people.undo(BY, change)
  const names = await part.database.rows<{ name: string }>('SELECT name FROM person ORDER BY id')
  assert.deepEqual(
    names.map(({ name }) => name),
    ['Boris', 'Anna', 'Anna'],
  )
})
