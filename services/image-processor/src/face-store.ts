import type { Session } from '@livepods/sql'
import type { Box, RecognisedFace } from './recognition.ts'

/** A row of `faces` as a machine writes it. */
export interface FoundFace {
  box: Box
  score: number
  quality: number | null
  descriptor: Buffer | null
  engine: string
  generation: number
  personId: number | null
  distance: number | null
  runnerUpId: number | null
  runnerUpDistance: number | null
}

/** A face of which a person said who it is, or that it is nobody. */
export interface DecidedFace {
  id: string
  box: Box
  personId: number | null
  distance: number | null
  /** Null: deleted at a person's request. */
  descriptor: Buffer | null
  engine: string
}

/** A match whose person has no id was just deleted: when the deletion is undone the face has to be compared again. */
export function isWithheld(
  { nearest, runnerUp }: Pick<RecognisedFace, 'nearest' | 'runnerUp'>,
  ids: Map<string, number>,
): boolean {
  return [nearest, runnerUp].some((match) => match && !ids.has(match.imageName))
}

/** Columns of a face: an identified one has its person and the runner-up; any other has the nearest person as its runner-up. */
export function columnsOf(
  { identified, nearest, runnerUp }: Pick<RecognisedFace, 'identified' | 'nearest' | 'runnerUp'>,
  ids: Map<string, number>,
): Pick<FoundFace, 'personId' | 'distance' | 'runnerUpId' | 'runnerUpDistance'> {
  const person = identified ? nearest : undefined
  const next = identified ? runnerUp : nearest
  const personId = (person && ids.get(person.imageName)) ?? null
  const runnerUpId = (next && ids.get(next.imageName)) ?? null
  return {
    personId,
    distance: personId === null ? null : (person?.distance ?? null),
    runnerUpId,
    runnerUpDistance: runnerUpId === null ? null : (next?.distance ?? null),
  }
}

/**
 * Locks a photo, and reads its faces: those that a person decided, and the number of others; undefined when the photo was deleted. Naming a
 * face locks its photo, too.
 */
export async function storedFaces(
  session: Session,
  imageId: string,
): Promise<{ decided: DecidedFace[]; undecided: number } | undefined> {
  const rows = await session.rows<
    Box & {
      id: string | null
      person_id: number | null
      distance: number | null
      decided: 0 | 1
      descriptor: Buffer | null
      engine: string
    }
  >(
    `SELECT faces.id, x, y, width, height, person_id, distance, decided, IF(decided = 1, descriptor, NULL) AS descriptor, engine
       FROM images LEFT JOIN faces ON faces.image_id = images.id WHERE images.id = ? ORDER BY faces.id FOR UPDATE`,
    [imageId],
  )
  if (rows.length === 0) return undefined
  const faces = rows.flatMap((row) => (row.id === null ? [] : [{ ...row, id: row.id }]))
  const decided = faces.filter((face) => face.decided === 1)
  return {
    decided: decided.map(({ id, person_id, distance, x, y, width, height, descriptor, engine }) => ({
      id,
      box: { x, y, width, height },
      personId: person_id,
      distance,
      descriptor,
      engine,
    })),
    undecided: faces.length - decided.length,
  }
}

/** Replaces the `undecided` faces of a photo; `seenAgain` are those that a person decided and that were found again. */
export async function replaceFaces(
  session: Session,
  imageId: string,
  {
    undecided,
    found,
    seenAgain,
  }: { undecided: number; found: FoundFace[]; seenAgain: { decided: DecidedFace; face: FoundFace }[] },
): Promise<void> {
  // An embedding that was deleted at a person's request is not written again.
  for (const { decided, face } of seenAgain) {
    const { x, y, width, height } = face.box
    await session.change(
      'UPDATE faces SET x = ?, y = ?, width = ?, height = ?, score = ?, quality = ?, descriptor = IF(descriptor IS NULL, NULL, ?), engine = ? WHERE id = ?',
      [x, y, width, height, face.score, face.quality, face.descriptor, face.engine, decided.id],
    )
  }
  // A new photo has none, and is the common case: one statement less.
  if (undecided > 0) await session.change('DELETE FROM faces WHERE image_id = ? AND decided = 0', [imageId])
  if (found.length === 0) return
  await session.change(
    `INSERT INTO faces (image_id, x, y, width, height, score, quality, descriptor, engine, generation, person_id, distance,
       runner_up_id, runner_up_distance) VALUES ?`,
    [found.map((face) => values(imageId, face))],
  )
}

function values(imageId: string, { box, ...face }: FoundFace) {
  return [
    imageId,
    ...[box.x, box.y, box.width, box.height, face.score, face.quality, face.descriptor, face.engine, face.generation],
    ...[face.personId, face.distance, face.runnerUpId, face.runnerUpDistance],
  ]
}
