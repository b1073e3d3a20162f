import { FINAL_BY_FACES, PERSON_OF_FACES, RE_MATCH, STATUS, verdictOn } from '@livepods/photo'
import type { Session } from '@livepods/sql'
import { columnsOf, isWithheld } from './face-store.ts'
import type { MatchedFace } from './gallery-client.ts'
import { personIds } from './people-store.ts'

/** A face that was last compared with another generation than the current one. */
export interface OutdatedFace {
  id: string
  image_id: string
  generation: number
  /** Null when the face has no embedding of this engine. */
  descriptor: Buffer | null
  /** It has an embedding of another engine. */
  foreign: number
  person_id: number | null
  distance: number | null
  runner_up_id: number | null
  runner_up_distance: number | null
}

/** After which face a scan continues. */
export type Cursor = Pick<OutdatedFace, 'generation' | 'id'>

export const START: Cursor = { generation: 0, id: '0' }

// A gallery may come back to what it was: what counts is that the generation differs, not that it is lower.
const OUTDATED = 'decided = 0 AND generation <> ?'

export async function countOutdated(session: Session, generation: number): Promise<number> {
  const [row] = await session.rows<{ faces: string }>(`SELECT COUNT(*) AS faces FROM faces WHERE ${OUTDATED}`, [
    generation,
  ])
  return Number(row?.faces)
}

export async function outdatedFaces(
  session: Session,
  { generation, engine, after, limit }: { generation: number; engine: string; after: Cursor; limit: number },
): Promise<OutdatedFace[]> {
  const rows = await session.rows<OutdatedFace>(
    `SELECT id, image_id, generation, IF(engine = ?, descriptor, NULL) AS descriptor,
       descriptor IS NOT NULL AND engine <> ? AS \`foreign\`, person_id, distance, runner_up_id, runner_up_distance
     FROM faces WHERE ${OUTDATED} AND (generation > ? OR (generation = ? AND id > ?)) ORDER BY generation, id LIMIT ${limit}`,
    [engine, engine, generation, after.generation, after.generation, after.id],
  )
  // MySQL answers what is computed as text.
  return rows.map((row) => ({ ...row, foreign: Number(row.foreign) }))
}

/**
 * Writes the matches of faces, and the new verdicts on their photos. `matches` has null for a face without an embedding. Part of a
 * transaction that locks photos before faces, as every writer of both does.
 */
export async function writeReMatch(
  session: Session,
  faces: OutdatedFace[],
  { matches, generation }: { matches: (MatchedFace | null)[]; generation: number },
): Promise<void> {
  const ids = await personIds(
    session,
    matches.flatMap((match) => [match?.nearest, match?.runnerUp]).filter((match) => !!match),
  )
  const rows = faces.map((face, index) => {
    const match = matches[index] ?? NOBODY
    return { face, found: columnsOf(match, ids), generation: isWithheld(match, ids) ? 0 : generation }
  })
  // A face with generation 0 was written without the ids of all its people: its photo has not followed it yet.
  const changed = new Set(
    rows.flatMap(({ face, found }) => (isSame(face, found) && face.generation !== 0 ? [] : [face.image_id])),
  )
  const [follow = [], stay = []] = [true, false].map((is) =>
    rows.filter((row) => (changed.has(row.face.image_id) || row.generation === 0) === is),
  )
  if (stay.length > 0) await confirmFaces(session, stay, generation)
  if (follow.length > 0) await updatePhotos(session, follow, generation)
}

interface Found {
  face: OutdatedFace
  found: ReturnType<typeof columnsOf>
  /** 0: to be compared again. */
  generation: number
}

function isSame(face: OutdatedFace, found: Found['found']): boolean {
  const near = (a: number | null, b: number | null) => a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-9)
  return (
    face.person_id === found.personId &&
    face.runner_up_id === found.runnerUpId &&
    near(face.distance, found.distance) &&
    near(face.runner_up_distance, found.runnerUpDistance)
  )
}

/** Most photos stay what they were: only the generation is written. */
async function confirmFaces(session: Session, rows: Found[], generation: number): Promise<void> {
  await session.change('UPDATE faces SET generation = ? WHERE id IN (?) AND decided = 0', [
    generation,
    rows.map(({ face }) => face.id),
  ])
  await session.change(
    `UPDATE images SET generation = ? WHERE id IN (?) AND ${FINAL_BY_FACES}
       AND NOT EXISTS (SELECT 1 FROM faces WHERE image_id = images.id AND ${OUTDATED})`,
    [generation, [...new Set(rows.map(({ face }) => face.image_id))], generation],
  )
}

async function updatePhotos(session: Session, rows: Found[], generation: number): Promise<void> {
  const images = [...new Set(rows.map(({ face }) => face.image_id))]
  await session.rows('SELECT id FROM images WHERE id IN (?) ORDER BY id FOR UPDATE', [images])
  await session.change(
    `UPDATE faces JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id', person INT PATH '$.personId',
         distance DOUBLE PATH '$.distance', second INT PATH '$.runnerUpId', second_distance DOUBLE PATH '$.runnerUpDistance',
         generation INT UNSIGNED PATH '$.generation')) AS found
       ON found.id = faces.id
     SET faces.person_id = found.person, faces.distance = found.distance, faces.runner_up_id = found.second,
       faces.runner_up_distance = found.second_distance, faces.generation = found.generation
     WHERE faces.decided = 0`,
    [
      JSON.stringify(
        rows.map(({ face, found, generation }) => ({ id: face.id, generation, ...found })),
        (_key, value) => value ?? undefined,
      ),
    ],
  )
  await updateVerdicts(session, images, generation)
}

const NOBODY: MatchedFace = { identified: false, nearest: undefined, runnerUp: undefined }

/** Photos of which every face was re-matched follow their faces; those that stay what they were only get the generation. */
async function updateVerdicts(session: Session, images: string[], generation: number): Promise<void> {
  const rows = await session.rows<{ id: string; person: number; outcome: string; wanted: number | null }>(
    `SELECT id, person, outcome, ${PERSON_OF_FACES} AS wanted
       FROM images WHERE id IN (?) AND ${FINAL_BY_FACES}
         AND NOT EXISTS (SELECT 1 FROM faces WHERE image_id = images.id AND ${OUTDATED})`,
    [images, generation],
  )
  if (rows.length === 0) return
  const changed = rows.filter((row) => {
    const { person, outcome } = verdictOn(row.wanted)
    return row.person !== person || row.outcome !== outcome
  })
  for (const [wanted, of] of Map.groupBy(changed, (row) => row.wanted)) {
    const { status, outcome, person } = verdictOn(wanted)
    await session.change(
      `UPDATE images SET status = ?, outcome = ?, person = ?, claimed_by = ?, claimed_at = UTC_TIMESTAMP(3),
         finished_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3) WHERE id IN (?)`,
      [status, outcome, person, RE_MATCH, of.map(({ id }) => id)],
    )
  }
  await session.change('UPDATE images SET generation = ? WHERE id IN (?) AND generation <> ?', [
    generation,
    rows.map(({ id }) => id),
    generation,
  ])
}

const MAKE_DUE = `UPDATE images SET due_at = UTC_TIMESTAMP(3), wake_at = UTC_TIMESTAMP(3), attempts = 0, outcome = NULL,
  status = ${STATUS.PENDING}, finished_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3)`

/** Makes at most `limit` of these photos due again: the embeddings of their faces are of another engine. */
export async function makeDue(session: Session, images: string[], limit: number): Promise<number> {
  if (images.length === 0 || limit <= 0) return 0
  const { affectedRows } = await session.change(`${MAKE_DUE} WHERE id IN (?) AND ${FINAL_BY_FACES} LIMIT ${limit}`, [
    images,
  ])
  return affectedRows
}

/** Makes at most `limit` photos due again that an older finder of faces looked at: those without a face first. */
export async function makeDueForFinder(session: Session, finder: number, limit: number): Promise<number> {
  let made = 0
  for (const outcome of ['NO_FACE', 'UNIDENTIFIED', 'IDENTIFIED']) {
    if (made >= limit) break
    const { affectedRows } = await session.change(
      `${MAKE_DUE} WHERE outcome = ? AND finder < ? AND due_at IS NULL LIMIT ${limit - made}`,
      [outcome, finder],
    )
    made += affectedRows
  }
  return made
}
