import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshDatabase, type TestDatabase } from '@livepods/testing'
import { FINAL_BY_FACES, FOLLOW_FACES, OUTCOMES, PERSON_OF_FACES, personOf, statusOf, verdictOn } from '../src/index.ts'

const PHOTOS = 400
const MOST_FACES = 5

interface Photo {
  id: string
  status: number
  outcome: string | null
  person: number
  due_at: Date | null
}

interface Face {
  image_id: string
  person_id: number | null
  distance: number | null
  decided: number
}

let db: TestDatabase
const seed = Math.floor(Math.random() * 2 ** 31)
before(async () => {
  db = await freshDatabase()
  await fill(random(seed))
})
after(() => db[Symbol.asyncDispose]())

/** Lehmer's: numbers from 0 to below `below`. */
function random(seed: number): (below: number) => number {
  let state = seed || 1
  return (below) => {
    state = Number((BigInt(state) * 48_271n) % 2_147_483_647n)
    return state % below
  }
}

/** Photos in all states with faces whose distances are often equal, in an order that is not that of their ids. */
async function fill(below: (below: number) => number): Promise<void> {
  const pick = <T>(...of: T[]) => of[below(of.length)] as T
  await db.database.change("INSERT INTO person (id, name) VALUES (1, 'Anna'), (2, 'Boris'), (3, 'Clara')")
  const photos = Array.from({ length: PHOTOS }, (_, n) => {
    const outcome = pick(null, ...OUTCOMES, 'IDENTIFIED' as const, 'UNIDENTIFIED' as const)
    const due = outcome === null || below(10) === 0 ? new Date('2026-01-01') : null
    return [n + 1, `${n}.jpg`, outcome === null ? 0 : statusOf(outcome), outcome, pick(-1, 1, 2, 3), due]
  })
  await db.database.change('INSERT INTO images (id, path, status, outcome, person, due_at) VALUES ?', [photos])
  const faces = photos.flatMap(([image]) =>
    Array.from({ length: below(MOST_FACES + 1) }, () => {
      const who = [pick(null, 1, 2, 3), pick(null, 0, 0.2, 0.2, 0.3, 0.4), pick(0, 0, 1)]
      return { order: below(1_000_000), values: [image, 0, 0, 1, 1, 1, ...who] }
    }),
  )
  const ids = faces.toSorted((a, b) => a.order - b.order)
  const rows = faces.map((face) => [ids.indexOf(face) + 1, ...face.values])
  await db.database.change(
    'INSERT INTO faces (id, image_id, x, y, width, height, score, person_id, distance, decided) VALUES ?',
    [rows],
  )
}

/** By photo, whom its faces make it show. */
async function wanted(): Promise<Map<string, number | null>> {
  const faces = await db.database.rows<Face>('SELECT image_id, person_id, distance, decided FROM faces ORDER BY id')
  const ofPhoto = Map.groupBy(faces, ({ image_id }) => image_id)
  return new Map(
    [...ofPhoto].map(([id, faces]) => [
      id,
      personOf(
        faces.map(({ person_id, distance, decided }) => ({ personId: person_id, distance, decided: decided === 1 })),
      ),
    ]),
  )
}

const photos = async () =>
  await db.database.rows<Photo>('SELECT id, status, outcome, person, due_at FROM images ORDER BY id')

test(`a photo shows the same person to a statement and to TypeScript (seed ${seed})`, async () => {
  const people = await wanted()
  const rows = await db.database.rows<{ id: string; person: number | null }>(
    `SELECT id, ${PERSON_OF_FACES} AS person FROM images ORDER BY id`,
  )
  assert.equal(rows.length, PHOTOS)
  for (const { id, person } of rows) assert.equal(person, people.get(id) ?? null, `photo ${id}`)
})

test(`photos that are final by their faces follow them, the others stay as they are (seed ${seed})`, async () => {
  const [before, people] = [await photos(), await wanted()]
  await db.database.change(`UPDATE images SET ${FOLLOW_FACES} WHERE ${FINAL_BY_FACES}`)
  const follows = ({ due_at, outcome }: Photo) =>
    due_at === null && (outcome === 'IDENTIFIED' || outcome === 'UNIDENTIFIED')
  assert.deepEqual(
    await photos(),
    before.map((photo) => (follows(photo) ? { ...photo, ...verdictOn(people.get(photo.id) ?? null) } : photo)),
  )
  assert.ok(before.some(follows) && !before.every(follows))
})

test('what a person decided comes before what is nearer, then the smallest distance counts, then the smallest id', () => {
  const face = (personId: number | null, distance: number | null, decided = false) => ({ personId, distance, decided })
  assert.equal(personOf([face(1, 0), face(2, null, true)]), 2)
  assert.equal(personOf([face(1, 0.3), face(2, 0.2)]), 2)
  assert.equal(personOf([face(1, 0.2), face(2, 0.2)]), 1)
  assert.equal(personOf([face(1, 0.2), face(2, null)]), 2)
  assert.equal(personOf([face(null, 0, true), face(3, 0.5)]), 3)
  assert.equal(personOf([face(null, 0)]), null)
  assert.equal(personOf([]), null)
})
