import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { People } from '../../src/people/people.ts'
import { Dying } from '../support/dying.ts'
import { BY, peopleParts } from '../support/people.ts'

type Parts = Awaited<ReturnType<typeof peopleParts>>

/** Does `change` with a process that dies at its first step, at its second …, each time goes on with a new one, and checks what is then there. */
async function cutEverywhere(
  prepare: (parts: Parts) => Promise<(people: People) => Promise<unknown>>,
  check: (parts: Parts) => Promise<void>,
): Promise<number> {
  for (let steps = 0; ; steps++) {
    await using parts = await peopleParts()
    const change = await prepare(parts)
    const dying = new Dying({ database: parts.database, ...parts.parts }, steps)
    await change(dying.people).catch((error) => {
      if (!dying.died) throw error
    })
    await parts.people.repair()
    assert.deepEqual(
      Object.keys(await parts.knownImages()),
      [...parts.files.files.keys()].sort(),
      `cut at step ${steps}`,
    )
    const open = await parts.database.rows(
      "SELECT id FROM face_changes WHERE JSON_EXTRACT(`before`, '$.state') <> 'done'",
    )
    assert.deepEqual(open, [], `cut at step ${steps}`)
    await check(parts)
    if (!dying.died) return steps
  }
}

const photos = (...texts: string[]) => texts.map((text) => ({ name: `${text}.jpg`, bytes: Buffer.from(text) }))
const files = ({ files }: Parts) => [...files.files.values()].map(String).sort()

test('adding a person, cut at every step: rows and files say the same', async () => {
  const steps = await cutEverywhere(
    async () => (people) => people.add(BY, 'Anna', photos('1', '2')),
    async (parts) => {
      const names = await parts.database.rows<{ name: string }>('SELECT name FROM person')
      assert.ok(names.every(({ name }) => name === 'Anna') && names.length <= 1)
    },
  )
  assert.ok(steps > 10, `${steps} steps`)
})

test('removing a known photo, cut at every step: it is there with its row, or gone with it', async () => {
  await cutEverywhere(
    async (parts) => {
      const { person } = await parts.people.add(BY, 'Anna', photos('1', '2'))
      const row = (await parts.row('SELECT MIN(id) AS id FROM person_images')) as { id: number }
      return (people) => people.removeImage(BY, person, row.id)
    },
    async (parts) => assert.ok(files(parts).includes('2')),
  )
})

test('merging two people, cut at every step: they are two, or one with everything; and no picture is lost', async () => {
  await cutEverywhere(
    async (parts) => {
      const { person: anna } = await parts.people.add(BY, 'Anna', photos('1'))
      const { person: anne } = await parts.people.add(BY, 'Anne', photos('2', '3'))
      await parts.photo('a.jpg', { person: anne, decided: true })
      return (people) => people.merge(BY, anne, anna)
    },
    async (parts) => {
      assert.deepEqual(files(parts), ['1', '2', '3'])
      const people = await parts.database.rows<{ name: string }>('SELECT name FROM person ORDER BY name')
      const owners = [...new Set(Object.values(await parts.knownImages()))].sort()
      assert.deepEqual(
        owners,
        people.map(({ name }) => name),
      )
    },
  )
})

test('undoing a merge, cut at every step: the same', async () => {
  await cutEverywhere(
    async (parts) => {
      const { person: anna } = await parts.people.add(BY, 'Anna', photos('1'))
      const { person: anne } = await parts.people.add(BY, 'Anne', photos('2'))
      const change = await parts.people.merge(BY, anne, anna)
      return (people) => people.undo(BY, change)
    },
    async (parts) => {
      assert.deepEqual(files(parts), ['1', '2'])
      const owners = [...new Set(Object.values(await parts.knownImages()))]
      const people = await parts.database.rows<{ name: string }>('SELECT name FROM person')
      assert.equal(owners.length, people.length)
    },
  )
})

test('naming a face, cut at every step: it has the name and is enrolled, or neither', async () => {
  await cutEverywhere(
    async (parts) => {
      const shot = await parts.photo('a.jpg', {})
      return (people) => people.name(BY, shot.id, shot.faces[0] ?? '', { name: 'Anna', another: false })
    },
    async (parts) => {
      const named = await parts.database.rows('SELECT 1 FROM faces WHERE person_id IS NOT NULL AND decided = 1')
      assert.equal(files(parts).length, named.length)
      assert.equal((await parts.database.rows('SELECT 1 FROM person')).length, named.length)
    },
  )
})

/** Anna with two known images and a face each by word, by recognition and by its group, beside Boris, whose face was hers by mistake. */
async function annaAndBoris(parts: Parts) {
  const { people, database } = parts
  const { person: anna } = await people.add(BY, 'Anna', photos('1', '2'))
  const group = await parts.group()
  const [shot, wrong] = [await parts.photo('a.jpg', { group }), await parts.photo('b.jpg', { group })]
  await parts.photo('c.jpg', { person: anna, distance: 0.3 })
  await people.name(BY, shot.id, shot.faces[0] ?? '', { person: anna })
  await people.name(BY, wrong.id, wrong.faces[0] ?? '', { name: 'Boris', another: false })
  await database.change('UPDATE faces SET descriptor = ?', [Buffer.alloc(512, 1)])
  return anna
}

/**
 * The name of each face by a person's word or a machine's, whose embeddings there are, whom the pages show, and how many files are in use
 * and set aside.
 */
async function told(parts: Parts) {
  const { database, files } = parts
  const faces = await database.rows<{ name: string | null; described: number }>(
    'SELECT name, descriptor IS NOT NULL AS described FROM faces LEFT JOIN person ON person.id = person_id ORDER BY faces.id',
  )
  const people = await database.rows<{ name: string }>('SELECT name FROM person WHERE deleted_at IS NULL ORDER BY id')
  const aside = [...files.deleted.values()].reduce((sum, { size }) => sum + size, 0)
  return {
    faces: faces.map(({ name }) => name).join(),
    described: faces.filter(({ described }) => Number(described) === 1).length,
    people: people.map(({ name }) => name).join(),
    files: [files.files.size, aside],
  }
}

const THERE = { faces: 'Anna,Boris,Anna', described: 3, people: 'Anna,Boris', files: [4, 0] }
const DELETED = { faces: ',Boris,', described: 3, people: 'Boris', files: [1, 3] }
const PURGED = { faces: ',Boris,', described: 1, people: 'Boris', files: [1, 0] }

test('deleting a person, cut at every step: they are there whole, or deleted; the deletion is undone, also by another replica', async () => {
  const seen = new Set<string>()
  const steps = await cutEverywhere(
    async (parts) => {
      const anna = await annaAndBoris(parts)
      return (people) => people.delete(BY, anna)
    },
    async (parts) => {
      const now = await told(parts)
      seen.add(now.people)
      assert.deepEqual(now, now.people === 'Boris' ? DELETED : THERE)
      const change = (await parts.row("SELECT MAX(id) AS id FROM face_changes WHERE action = 'delete'")) as {
        id: string | null
      }
      if (change.id === null) return
      await parts.people.undo(BY, change.id)
      assert.deepEqual(await told(parts), THERE)
    },
  )
  assert.deepEqual([seen.size, steps > 15], [2, true], `${steps} steps`)
})

test('undoing the deletion of a person, cut at every step: they are deleted, or there whole', async () => {
  const seen = new Set<string>()
  await cutEverywhere(
    async (parts) => {
      const change = await parts.people.delete(BY, await annaAndBoris(parts))
      return (people) => people.undo(BY, change)
    },
    async (parts) => {
      const now = await told(parts)
      seen.add(now.people)
      assert.deepEqual(now, now.people === 'Boris' ? DELETED : THERE)
    },
  )
  assert.equal(seen.size, 2)
})

test('purging a deleted person, cut at every step: nothing is left of them, and all of the others', async () => {
  await cutEverywhere(
    async (parts) => {
      await parts.people.delete(BY, await annaAndBoris(parts))
      await parts.expire()
      return (people) => people.repair()
    },
    async (parts) => {
      assert.deepEqual(await told(parts), PURGED)
      assert.deepEqual(await parts.database.rows('SELECT name FROM person'), [{ name: 'Boris' }])
      const dump = JSON.stringify(await parts.database.rows('SELECT * FROM face_changes'))
      assert.doesNotMatch(dump, /anna/i)
    },
  )
})

test('correcting a face, cut at every step: it is enrolled for one person, and so after the undo', async () => {
  await cutEverywhere(
    async (parts) => {
      const shot = await parts.photo('a.jpg', { group: await parts.group() })
      await parts.people.name(BY, shot.id, shot.faces[0] ?? '', { name: 'Anna', another: false })
      return (people) => people.name(BY, shot.id, shot.faces[0] ?? '', { name: 'Boris', another: false })
    },
    async (parts) => {
      const [{ name, change } = { name: '', change: '' }] = await parts.database.rows<{ name: string; change: string }>(
        'SELECT name, (SELECT MAX(id) FROM face_changes) AS `change` FROM faces JOIN person ON person.id = person_id',
      )
      assert.deepEqual(Object.values(await parts.knownImages()), [name])
      if (name !== 'Boris') return
      await parts.people.undo(BY, change)
      assert.deepEqual(Object.values(await parts.knownImages()), ['Anna'])
    },
  )
})
