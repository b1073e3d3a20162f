import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, peopleParts } from '../support/people.ts'

test('a name goes to all photos of the group at once, and the face becomes a known image', async () => {
  await using part = await peopleParts()
  const group = await part.group()
  const one = await part.photo('1.jpg', { group }, {})
  const two = await part.photo('2.jpg', { group })
  const other = await part.photo('3.jpg', {})
  await part.people.name(BY, one.id, one.faces[0] ?? '', { name: '  Zoë\u0301 ', another: false })
  assert.deepEqual(await part.names(one.id), ['Zoë́'.normalize('NFC'), undefined])
  const name = (await part.names(two.id))?.[0] ?? ''
  assert.deepEqual(await part.state(two.id), ['known', name])
  assert.deepEqual(await part.names(other.id), [undefined])
  const { folder } = await part.person(name)
  assert.deepEqual(Object.keys(await part.knownImages()), [`${folder}/face-${one.faces[0]}.jpg`])
  assert.deepEqual([...part.files.files.values()].map(String), ['portrait of 1.jpg at 0 with 0.5'])
})

test('a name changes what a photo says, not when it was finished', async () => {
  await using part = await peopleParts()
  const one = await part.photo('1.jpg', {})
  await part.database.change("UPDATE images SET finished_at = '2026-01-02 03:04:05'")
  await part.people.name(BY, one.id, one.faces[0] ?? '', { name: 'Anna', another: false })
  assert.deepEqual(await part.state(one.id), ['known', 'Anna'])
  assert.deepEqual(await part.row('SELECT finished_at FROM images'), {
    finished_at: new Date('2026-01-02T03:04:05Z'),
  })
})

test('undo gives faces, group and photos back what they had, and nobody is left', async () => {
  await using part = await peopleParts()
  const group = await part.group()
  const anna = Number(
    (await part.database.change("INSERT INTO person (name, folder) VALUES ('Anna', 'anna')")).insertId,
  )
  const one = await part.photo('1.jpg', { group }, { person: anna, distance: 0.4 })
  const before = await part.database.rows('SELECT * FROM faces ORDER BY id')
  const change = await part.people.name(BY, one.id, one.faces[0] ?? '', { name: 'Boris', another: false })
  await part.people.undo(BY, change)
  assert.deepEqual(await part.database.rows('SELECT * FROM faces ORDER BY id'), before)
  assert.deepEqual(await part.state(one.id), ['known', 'Anna'])
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'Anna' }])
  assert.deepEqual(await part.row('SELECT person_id FROM face_groups'), { person_id: null })
  assert.equal(part.files.files.size, 0)
  await assert.rejects(part.people.undo(BY, change), { status: 409, message: /undone already/ })
})

test('undo of what was changed since is refused', async () => {
  await using part = await peopleParts()
  const one = await part.photo('1.jpg', {})
  const face = one.faces[0] ?? ''
  const first = await part.people.name(BY, one.id, face, { name: 'Anna', another: false })
  await part.people.name(BY, one.id, face, { name: 'Boris', another: false })
  await assert.rejects(part.people.undo(BY, first), { status: 409, message: /changed since/ })
  assert.deepEqual(await part.names(one.id), ['Boris'])
})

test('a name that somebody has takes a decision: it is them, or another one', async () => {
  await using part = await peopleParts()
  const [one, two, three] = [
    await part.photo('1.jpg', {}),
    await part.photo('2.jpg', {}),
    await part.photo('3.jpg', {}),
  ]
  await part.people.name(BY, one.id, one.faces[0] ?? '', { name: 'Anna', another: false })
  const { id } = await part.person('Anna')
  await assert.rejects(part.people.name(BY, two.id, two.faces[0] ?? '', { name: 'Anna', another: false }), {
    status: 409,
    people: [{ id, name: 'Anna' }],
  })
  await part.people.name(BY, two.id, two.faces[0] ?? '', { person: id })
  await part.people.name(BY, three.id, three.faces[0] ?? '', { name: 'Anna', another: true })
  const rows = await part.database.rows<{ person_id: number }>('SELECT person_id FROM faces ORDER BY id')
  assert.deepEqual(
    rows.map(({ person_id }) => person_id === id),
    [true, true, false],
  )
})

test('names are text of 1 to 255 characters, whatever they say', async () => {
  await using part = await peopleParts()
  const photo = await part.photo('1.jpg', {})
  const face = photo.faces[0] ?? ''
  const evil = [
    `<b onload="x">'&`,
    "'; DROP TABLE faces; --",
    '👩‍👩‍👧‍👦',
    'عبد الرحمن',
    '‮evil',
    '😀'.repeat(255),
    '..',
    'a/b',
    '\\',
  ]
  for (const name of evil) {
    await part.people.name(BY, photo.id, face, { name, another: false })
    assert.deepEqual(await part.names(photo.id), [name])
    assert.match((await part.person(name)).folder, /^[\p{L}\p{N}-]+-[0-9a-f]{8}$/u)
  }
  for (const [name, sentence] of [
    ['x'.repeat(10_000), /10000 characters; 255 is the limit/],
    ['  ', /empty/],
    ['a\nb', /control character/],
    ['\ud800', /well-formed/],
  ] as const)
    await assert.rejects(part.people.name(BY, photo.id, face, { name, another: false }), {
      status: 400,
      message: sentence,
    })
})

test('a face service that is away does not hold the name up; the rest follows when it is back', async () => {
  await using part = await peopleParts()
  const photo = await part.photo('1.jpg', {})
  part.files.before = () => {
    throw new Error('away')
  }
  const change = await part.people.name(BY, photo.id, photo.faces[0] ?? '', { name: 'Anna', another: false })
  assert.deepEqual(await part.names(photo.id), ['Anna'])
  await assert.rejects(part.people.repair(), /away/)
  part.files.before = () => {}
  await part.people.repair()
  assert.deepEqual(Object.values(await part.knownImages()), ['Anna'])
  await part.people.undo(BY, change)
  assert.equal(part.files.files.size, 0)
})

test('a photo that is in work, or gone, cannot be named', async () => {
  await using part = await peopleParts()
  const photo = await part.photo('1.jpg', {})
  const who = { name: 'Anna', another: false }
  await assert.rejects(part.people.name(BY, photo.id, '999', who), { status: 404 })
  await part.database.change('UPDATE images SET due_at = UTC_TIMESTAMP(3)')
  await assert.rejects(part.people.name(BY, photo.id, photo.faces[0] ?? '', who), { status: 409 })
  assert.deepEqual(await part.database.rows('SELECT * FROM person'), [])
})
