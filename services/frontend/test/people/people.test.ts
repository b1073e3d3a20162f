import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, peopleParts } from '../support/people.ts'

const photo = (text: string, name = `${text}.jpg`) => ({ name, bytes: Buffer.from(text) })

async function withPeople() {
  const part = await peopleParts()
  const add = async (name: string, ...photos: string[]) =>
    (
      await part.people.add(
        BY,
        name,
        photos.map((text) => photo(text)),
      )
    ).person
  return { ...part, add, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}

test('a person is added with photos, gets more, and loses one; both can be undone', async () => {
  await using part = await withPeople()
  const anna = await part.add('Anna', 'a1', 'a2')
  const { folder } = await part.person('Anna')
  const names = [`${folder}/a1.jpg`, `${folder}/a2.jpg`]
  assert.deepEqual(Object.keys(await part.knownImages()), names)
  const more = await part.people.addPhotos(BY, anna, [photo('a3')])
  const image = (await part.row(`SELECT id FROM person_images WHERE image_name = '${folder}/a1.jpg'`)) as { id: number }
  const gone = await part.people.removeImage(BY, anna, image.id)
  assert.deepEqual([...part.files.files.keys()].sort(), [`${folder}/a2.jpg`, `${folder}/a3.jpg`])
  await part.people.undo(BY, gone)
  await part.people.undo(BY, more)
  assert.deepEqual(Object.keys(await part.knownImages()), names)
  assert.deepEqual([...part.files.files.keys()].sort(), names)
  assert.deepEqual(part.files.files.get(names[0] ?? ''), Buffer.from('a1'))
})

test('a picture with several faces is taken with a warning, one that is none is refused, and a person of nothing is not made', async () => {
  await using part = await withPeople()
  const { change } = await part.people.add(BY, 'Anna', [photo('two faces', 'both.jpg'), photo('no picture', 'x.txt')])
  const row = await part.row(
    `SELECT JSON_EXTRACT(\`before\`, '$.warnings') AS warnings FROM face_changes WHERE id = ${change}`,
  )
  assert.match(JSON.stringify(row), /both\.jpg: There are 2 faces.*x\.txt: This is no picture/)
  await assert.rejects(part.people.add(BY, 'Boris', [photo('no picture')]), { status: 422, message: /no picture/ })
  await assert.rejects(part.people.add(BY, 'Clara', []), { status: 400, message: /no photo/ })
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'Anna' }])
})

test('renaming changes the name and nothing else, and is undone unless it was renamed again', async () => {
  await using part = await withPeople()
  const anna = await part.add('Anna', 'a')
  const files = [...part.files.files.keys()]
  const change = await part.people.rename(BY, anna, 'Anna Karenina')
  assert.deepEqual([...part.files.files.keys()], files)
  await part.people.undo(BY, change)
  await part.person('Anna')
  const again = await part.people.rename(BY, anna, 'Anne')
  await part.people.rename(BY, anna, 'Anny')
  await assert.rejects(part.people.undo(BY, again), { status: 409 })
  await part.add('Boris', 'b')
  await assert.rejects(part.people.rename(BY, anna, 'Boris'), { status: 409, message: /called that already/ })
  await part.people.rename(BY, anna, 'Boris', { another: true })
})

test('two who are one: known images, faces and groups go over; undo parts them again', async () => {
  await using part = await withPeople()
  const [anna, anne] = [await part.add('Anna', 'a'), await part.add('Anne', 'b', 'c')]
  const group = await part.group()
  await part.database.change('UPDATE face_groups SET person_id = ?', [anne])
  const shot = await part.photo('1.jpg', { person: anne, decided: true, group }, { person: anna, distance: 0.3 })
  const other = await part.photo('2.jpg', { person: anne, distance: 0.2 })
  const before = [
    await part.database.rows('SELECT * FROM faces'),
    await part.knownImages(),
    [...part.files.files.keys()].sort(),
  ]
  const change = await part.people.merge(BY, anne, anna)
  assert.deepEqual(await part.names(shot.id), ['Anna', 'Anna'])
  assert.deepEqual(await part.state(other.id), ['known', 'Anna'])
  const { folder } = await part.person('Anna')
  assert.ok([...part.files.files.keys()].every((name) => name.startsWith(`${folder}/`)))
  assert.deepEqual(Object.values(await part.knownImages()), ['Anna', 'Anna', 'Anna'])
  assert.deepEqual(await part.row('SELECT person_id FROM face_groups'), { person_id: anna })
  await assert.rejects(part.person('Anne'))
  await part.people.undo(BY, change)
  assert.deepEqual(
    [await part.database.rows('SELECT * FROM faces'), await part.knownImages(), [...part.files.files.keys()].sort()],
    before,
  )
  assert.deepEqual(await part.names(shot.id), ['Anne', 'Anna'])
})

test('nobody is merged with themselves, or with somebody who is not there', async () => {
  await using part = await withPeople()
  const anna = await part.add('Anna', 'a')
  await assert.rejects(part.people.merge(BY, anna, anna), { status: 400, message: /with themselves/ })
  await assert.rejects(part.people.merge(BY, anna, 999), { status: 404 })
})

test('"not the same": the face is apart for good, and what was enrolled from it is removed; undo takes it back', async () => {
  await using part = await withPeople()
  const group = await part.group()
  const shot = await part.photo('1.jpg', { group })
  const face = shot.faces[0] ?? ''
  await part.people.name(BY, shot.id, face, { name: 'Anna', another: false })
  const change = await part.people.split(BY, shot.id, face)
  assert.deepEqual(await part.state(shot.id), ['unknown', undefined])
  assert.equal(part.files.files.size, 0)
  const apart = (await part.row('SELECT a, b FROM group_apart')) as { a: string; b: string }
  assert.deepEqual(apart, { a: group, b: apart.b })
  assert.deepEqual(await part.row('SELECT group_id, decided FROM faces'), { group_id: apart.b, decided: 1 })
  await part.people.undo(BY, change)
  assert.deepEqual(await part.names(shot.id), ['Anna'])
  assert.deepEqual([part.files.files.size, Object.keys(await part.knownImages()).length], [1, 1])
  assert.deepEqual(await part.database.rows('SELECT * FROM group_apart'), [])
  await assert.rejects(part.people.split(BY, shot.id, '999'), { status: 404 })
})

test('changes wait for each other', async () => {
  await using part = await withPeople()
  const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => part.add(`P${i}`, `p${i}`)))
  await Promise.all(ids.slice(1).map((id) => part.people.merge(BY, id, ids[0] ?? 0)))
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'P0' }])
  assert.equal(part.files.files.size, 8)
})

test('files rule: a folder that somebody made is a person, and a row without a file goes', async () => {
  await using part = await withPeople()
  await part.add('Anna', 'a')
  part.files.files.clear()
  part.files.files.set('fiona/1.jpg', Buffer.from('f'))
  await part.people.repair()
  assert.deepEqual(await part.knownImages(), { 'fiona/1.jpg': 'fiona' })
})

test('a deleted person leaves nothing: no name, no embedding, no file; photos stay', async () => {
  await using part = await withPeople()
  const secret = Buffer.alloc(512, 'SECRETFACE')
  const boris = await part.add('Boris', 'b')
  const group = await part.group()
  const shot = await part.photo('1.jpg', { group }, { person: boris, distance: 0.5 })
  await part.database.change('UPDATE faces SET descriptor = ? WHERE group_id = ?', [secret, group])
  await part.people.name(BY, shot.id, shot.faces[0] ?? '', { name: 'Xanthippe', another: false })
  const { id } = await part.person('Xanthippe')
  const other = await part.photo(
    '2.jpg',
    { person: id, distance: 0.4, runnerUp: [boris, 0.8] },
    { runnerUp: [id, 0.7] },
  )
  await part.database.change('UPDATE faces SET descriptor = ? WHERE person_id = ?', [secret, id])
  await part.people.addPhotos(BY, id, [photo('xanthippe again')])
  await part.people.rename(BY, id, 'Xanthippe of Athens')
  await part.people.delete(BY, id)
  await part.expire()
  await part.people.repair()
  assert.deepEqual(await part.state(other.id), ['unknown', undefined])
  assert.deepEqual(await part.state(shot.id), ['known', 'Boris'])
  assert.deepEqual(await part.row('SELECT COUNT(*) AS n FROM face_groups'), { n: '0' })
  assert.ok([...part.files.files.keys()].every((name) => name.startsWith('boris')))
  const tables = await part.database.rows<Record<string, string>>('SHOW TABLES')
  for (const table of tables.flatMap((row) => Object.values(row))) {
    const dump = await part.database.rows<Record<string, unknown>>(`SELECT * FROM \`${table}\``)
    for (const value of dump.flatMap((row) => Object.values(row))) {
      const text = Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)
      assert.ok(!/xanthippe|SECRETFACE/i.test(text), `${table}: ${text}`)
    }
  }
  assert.equal(part.files.deleted.size, 0)
  await part.people.repair()
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'Boris' }])
})

test('a person is forgotten although stored faces are compared again as soon as the first known photo is gone', async () => {
  await using part = await withPeople()
  const anna = await part.add('Anna', 'a1', 'a2')
  const shot = await part.photo('1.jpg', { person: anna, distance: 0.3 })
  await part.database.change('UPDATE faces SET descriptor = ?', [Buffer.alloc(512, 1)])
  const remove = part.files.deletePerson.bind(part.files)
  part.files.deletePerson = async (person, names) => {
    await remove(person, names)
    await part.database.change('UPDATE faces SET person_id = NULL, distance = NULL WHERE decided = 0')
  }
  await part.people.delete(BY, anna)
  await part.expire()
  await part.people.repair()
  assert.deepEqual(await part.database.rows('SELECT descriptor, decided FROM faces'), [
    { descriptor: null, decided: 1 },
  ])
  assert.deepEqual(await part.state(shot.id), ['unknown', undefined])
})
