import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeopleStore } from '../../src/people/people-store.ts'
import { suggestions } from '../../src/people/suggestions.ts'
import { BY, peopleParts } from '../support/people.ts'

const is = (name: string) => ({ name, another: false })

async function parts() {
  const part = await peopleParts()
  const { database, people } = part
  const faces = () => database.rows('SELECT id, group_id, person_id, decided FROM faces ORDER BY id')
  return {
    ...part,
    faces,
    /** Photos, each with one face of a group that nobody has named. */
    strangers: async (count: number, label: string) => {
      const group = await part.group()
      const photos = []
      for (let i = 0; i < count; i++) photos.push(await part.photo(`${label}${i}.jpg`, { group }))
      return { group, photos }
    },
    name: (photo: { id: string; faces: string[] }, name: string) =>
      people.name(BY, photo.id, photo.faces[0] ?? '', is(name)),
    apart: () => database.rows<{ a: string; b: string }>('SELECT a, b FROM group_apart'),
    descriptors: async (at = 0) => {
      const bytes = Buffer.alloc(512)
      bytes.writeFloatLE(at)
      await database.change('UPDATE faces SET descriptor = ? WHERE descriptor IS NULL', [bytes])
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}

test('a named group, one face of it corrected, the other person deleted: the group keeps its name, also after the purge', async () => {
  await using part = await parts()
  const { photos, group } = await part.strangers(21, 'a')
  await part.descriptors()
  await part.name(photos[0] as never, 'Anna')
  const wrong = photos[7] as { id: string; faces: string[] }
  await part.name(wrong, 'Boris')
  const boris = await part.person('Boris')
  assert.deepEqual(
    await part.row('SELECT name FROM face_groups JOIN person ON person.id = person_id ORDER BY 1 LIMIT 1'),
    {
      name: 'Anna',
    },
  )
  await part.people.delete(BY, boris.id)
  const still = async () => {
    for (const photo of photos) {
      const anna = photo === wrong ? ['unknown', undefined] : ['known', 'Anna']
      assert.deepEqual(await part.state(photo.id), anna, photo.id)
    }
  }
  await still()
  await part.expire()
  await part.people.repair()
  await still()
  assert.deepEqual(
    await part.row(
      'SELECT COUNT(*) AS faces, COUNT(descriptor) AS known, COUNT(DISTINCT group_id) AS g, MAX(group_id) AS id FROM faces',
    ),
    { faces: '21', known: '20', g: '1', id: group },
  )
})

test('a corrected face is in a group of its own, apart from the old one, and what was enrolled from it goes with it', async () => {
  await using part = await parts()
  const { photos, group } = await part.strangers(3, 'a')
  const [first, second] = photos as [{ id: string; faces: string[] }, { id: string; faces: string[] }]
  await part.name(first, 'Anna')
  const [anna, before] = [await part.person('Anna'), await part.faces()]
  const [face] = first.faces
  assert.deepEqual(Object.keys(await part.knownImages()), [`${anna.folder}/face-${face}.jpg`])
  const change = await part.name(first, 'Boris')
  const boris = await part.person('Boris')
  const [{ b: own } = { b: '' }] = await part.apart()
  assert.deepEqual(await part.apart(), [{ a: group, b: own }])
  assert.deepEqual(await part.faces(), [
    { id: face, group_id: own, person_id: boris.id, decided: 1 },
    ...before.slice(1),
  ])
  assert.deepEqual(await part.database.rows('SELECT id, person_id FROM face_groups ORDER BY id'), [
    { id: group, person_id: anna.id },
    { id: own, person_id: boris.id },
  ])
  assert.deepEqual(await part.knownImages(), { [`${boris.folder}/face-${face}.jpg`]: 'Boris' })
  assert.deepEqual(await part.state(second.id), ['known', 'Anna'])
  await part.people.undo(BY, change)
  assert.deepEqual([await part.faces(), await part.apart()], [before, []])
  assert.deepEqual(await part.knownImages(), { [`${anna.folder}/face-${face}.jpg`]: 'Anna' })
  assert.deepEqual(await part.database.rows('SELECT id FROM face_groups'), [{ id: group }])
  await assert.rejects(part.person('Boris'))
})

test('a face that a machine recognised is corrected alone, with or without a group', async () => {
  await using part = await parts()
  const { person: anna } = await part.people.add(BY, 'Anna', [{ name: 'a.jpg', bytes: Buffer.from('a') }])
  const group = await part.group()
  const one = await part.photo('1.jpg', { group, person: anna, distance: 0.4 })
  const two = await part.photo('2.jpg', { group })
  const alone = await part.photo('3.jpg', { person: anna, distance: 0.3 })
  await part.name(one, 'Boris')
  await part.people.name(BY, alone.id, alone.faces[0] ?? '', { person: (await part.person('Boris')).id })
  assert.deepEqual(await part.state(two.id), ['unknown', undefined])
  assert.deepEqual([await part.names(one.id), await part.names(alone.id)], [['Boris'], ['Boris']])
  assert.deepEqual(await part.row(`SELECT person_id FROM face_groups WHERE id = ${group}`), { person_id: null })
  const [{ a } = { a: '' }] = await part.apart()
  assert.deepEqual([a, (await part.apart()).length], [group, 1])
})

test('naming a group changes no face of which somebody said something, and of those on its card that one comes first', async () => {
  await using part = await parts()
  const { photos, group } = await part.strangers(2, 'a')
  const [one, two] = photos as [{ id: string; faces: string[] }, { id: string; faces: string[] }]
  // As a version before this one left them: in one group, named otherwise, or nobody's.
  const { person: anna } = await part.people.add(BY, 'Anna', [{ name: 'a.jpg', bytes: Buffer.from('a') }])
  const named = await part.photo('n.jpg', { group, person: anna, decided: true })
  const nobodys = await part.photo('x.jpg', { group })
  await part.database.change('UPDATE faces SET decided = 1 WHERE image_id = ?', [nobodys.id])
  const [card] = await new PeopleStore(part.database).unknownClusters(10)
  assert.equal(card?.faces[0]?.image_id, nobodys.id)
  await part.name(one, 'Boris')
  assert.deepEqual(
    [await part.names(one.id), await part.names(two.id), await part.names(named.id), await part.names(nobodys.id)],
    [['Boris'], ['Boris'], ['Anna'], [undefined]],
  )
})

test('a face that is somebody else’s is no example of a group for suggestions', async () => {
  await using part = await parts()
  const { photos } = await part.strangers(1, 'a')
  const strangers = await part.strangers(1, 'b')
  await part.descriptors()
  const { person: boris } = await part.people.add(BY, 'Boris', [{ name: 'b.jpg', bytes: Buffer.from('b') }])
  const [one] = photos as [{ id: string; faces: string[] }]
  await part.name(one, 'Anna')
  assert.equal((await suggestions(part.database, [strangers.group])).size, 1)
  // As a version before this one left it.
  await part.database.change('UPDATE faces SET person_id = ? WHERE id = ?', [boris, one.faces[0] ?? ''])
  assert.equal((await suggestions(part.database, [strangers.group])).size, 0)
})

test('undo of a name is refused, and not offered, when somebody said the same of one of its faces again', async () => {
  await using part = await parts()
  const { photos } = await part.strangers(2, 'a')
  const store = new PeopleStore(part.database)
  const first = await part.name(photos[0] as never, 'Anna')
  const { id } = await part.person('Anna')
  const [, other] = photos as [unknown, { id: string; faces: string[] }]
  const again = await part.people.name(BY, other.id, other.faces[0] ?? '', { person: id })
  const offered = async () => (await store.changes(8)).map(({ id, undoable }) => [id, undoable])
  assert.deepEqual(await offered(), [
    [again, true],
    [first, false],
  ])
  await assert.rejects(part.people.undo(BY, first), { status: 409, message: /changed since/ })
  await part.people.undo(BY, again)
  assert.deepEqual(await part.names(other.id), ['Anna'])
  await part.people.undo(BY, first)
  assert.deepEqual(await part.names(other.id), [undefined])
})

test('undo is refused, and not offered, when whom it would give faces back to is deleted', async () => {
  await using part = await parts()
  const { photos } = await part.strangers(1, 'a')
  const [one] = photos as [{ id: string; faces: string[] }]
  await part.name(one, 'Anna')
  const { id } = await part.person('Anna')
  const corrected = await part.name(one, 'Boris')
  const set = await part.people.split(BY, one.id, one.faces[0] ?? '')
  await part.people.undo(BY, set)
  const deleted = await part.people.delete(BY, id)
  const store = new PeopleStore(part.database)
  await assert.rejects(part.people.undo(BY, corrected), { status: 409, message: /changed since/ })
  assert.deepEqual(
    (await store.changes(8)).map(({ id, undoable }) => [id, undoable]),
    [
      [deleted, true],
      [set, false],
    ],
    'nothing that names her is told',
  )
  assert.equal(await store.changeOf(corrected), undefined)
  await part.people.undo(BY, deleted)
  await part.people.undo(BY, corrected)
  assert.deepEqual(await part.names(one.id), ['Anna'])
})

test('undo of "not the same" leaves those alone that look like it since', async () => {
  await using part = await parts()
  const { photos, group } = await part.strangers(2, 'a')
  const [one] = photos as [{ id: string; faces: string[] }]
  const change = await part.people.split(BY, one.id, one.faces[0] ?? '')
  const [{ b: own } = { b: '' }] = await part.apart()
  const later = await part.photo('later.jpg', { group: own })
  await part.people.undo(BY, change)
  assert.deepEqual(await part.apart(), [])
  assert.deepEqual(
    await part.database.rows('SELECT group_id FROM faces WHERE id IN (?) ORDER BY id', [
      [one.faces[0], later.faces[0]],
    ]),
    [{ group_id: group }, { group_id: own }],
  )
})

test('"not the same" said twice of two groups is taken back by undo of both only', async () => {
  await using part = await parts()
  const [a, b] = [await part.group(), await part.group()]
  const first = await part.people.apart(BY, a, b)
  const second = await part.people.apart(BY, b, a)
  await assert.rejects(part.people.undo(BY, first), { status: 409 })
  await part.people.undo(BY, second)
  assert.equal((await part.apart()).length, 1)
  await part.people.undo(BY, first)
  assert.equal((await part.apart()).length, 0)
})

test('what two people do at once equals one after the other: a group named twice, and corrected while its person is deleted', async () => {
  await using part = await parts()
  const { photos } = await part.strangers(4, 'a')
  const [one, two, three] = photos as { id: string; faces: string[] }[] as [never, never, never]
  await Promise.all([part.name(one, 'Anna'), part.name(two, 'Boris')])
  const names = (await Promise.all(photos.map(({ id }) => part.names(id)))).flat()
  assert.ok(
    [
      ['Anna', 'Boris', 'Anna', 'Anna'],
      ['Anna', 'Boris', 'Boris', 'Boris'],
    ].some((order) => `${order}` === `${names}`),
    `${names}`,
  )
  const owner = await part.person(names[3] ?? '')
  await Promise.all([part.name(three, 'Clara'), part.people.delete(BY, owner.id)])
  assert.deepEqual(await part.names((three as { id: string }).id), ['Clara'])
  assert.deepEqual(await part.names(photos[3]?.id ?? ''), [undefined])
})

test('a picture that somebody said again stays known when the second saying is undone', async () => {
  await using part = await parts()
  const { photos } = await part.strangers(1, 'a')
  const [one] = photos as [{ id: string; faces: string[] }]
  await part.name(one, 'Anna')
  const { id } = await part.person('Anna')
  const again = await part.people.name(BY, one.id, one.faces[0] ?? '', { person: id })
  await part.people.undo(BY, again)
  assert.deepEqual(Object.values(await part.knownImages()), ['Anna'])
  assert.equal(part.files.files.size, 1)
})
