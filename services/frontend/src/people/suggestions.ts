import type { Person } from '@livepods/photo-api'
import type { Session } from '@livepods/sql'

/** A known person whom a cluster of unknown faces resembles; a person decides. */
export interface Suggestion {
  person: Person
  /** The named cluster that it resembles. */
  group: string
  /** Mean over pairs of faces. */
  distance: number
}

interface Exemplar {
  group_id: string
  engine: string
  descriptor: Buffer
  person_id: number | null
  name: string | null
}

/** Above it faces are not alike; below 0.45 clustering joins them by itself. */
const ALIKE = 0.6
const MOST_NAMED = 500

/** For each of these clusters the nearest named one within 0.6, unless a person said that they are not the same. */
export async function suggestions(session: Session, groups: string[]): Promise<Map<string, Suggestion>> {
  if (groups.length === 0) return new Map()
  const [unknown, named, apart] = await Promise.all([
    exemplars(session, 'faces.group_id IN (?)', [groups]),
    exemplars(
      session,
      `faces.group_id IN (SELECT id FROM (SELECT id FROM face_groups WHERE person_id IS NOT NULL ORDER BY id DESC LIMIT ${MOST_NAMED}) AS last)`,
      [],
    ),
    session.rows<{ a: string; b: string }>('SELECT a, b FROM group_apart WHERE a IN (?) OR b IN (?)', [groups, groups]),
  ])
  const refused = new Set(apart.flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]))
  const found = new Map<string, Suggestion>()
  for (const [group, faces] of unknown) {
    for (const [other, known] of named) {
      const [{ person_id: id, name } = { person_id: null, name: null }] = known
      if (id === null || name === null || refused.has(`${group} ${other}`)) continue
      const distance = meanDistance(faces, known)
      if (distance <= Math.min(ALIKE, found.get(group)?.distance ?? ALIKE))
        found.set(group, { person: { id, name }, group: other, distance })
    }
  }
  return found
}

async function exemplars(session: Session, where: string, values: unknown[][]): Promise<Map<string, Exemplar[]>> {
  const rows = await session.rows<Exemplar>(
    `SELECT group_id, engine, descriptor, person_id, name FROM (
       SELECT faces.group_id, faces.engine, faces.descriptor, face_groups.person_id, person.name, faces.id,
           ROW_NUMBER() OVER (PARTITION BY faces.group_id ORDER BY faces.id) AS place
         FROM faces JOIN face_groups ON face_groups.id = faces.group_id LEFT JOIN person ON person.id = face_groups.person_id
           AND person.deleted_at IS NULL
         WHERE ${where} AND faces.descriptor IS NOT NULL AND (faces.person_id <=> face_groups.person_id OR faces.decided = 0)) AS placed WHERE place <= 4 ORDER BY group_id, id`,
    values,
  )
  return Map.groupBy(rows, ({ group_id }) => group_id)
}

function meanDistance(some: Exemplar[], others: Exemplar[]): number {
  const pairs = some.flatMap((one) =>
    others.filter(({ engine }) => engine === one.engine).map((other) => [one, other] as const),
  )
  const sum = pairs.reduce((total, [one, other]) => total + distance(one.descriptor, other.descriptor), 0)
  return pairs.length > 0 ? sum / pairs.length : Number.POSITIVE_INFINITY
}

/** Of two embeddings: 128 little-endian float32 each. */
function distance(a: Buffer, b: Buffer): number {
  let sum = 0
  for (let at = 0; at + 4 <= Math.min(a.length, b.length); at += 4) sum += (a.readFloatLE(at) - b.readFloatLE(at)) ** 2
  return Math.sqrt(sum)
}
