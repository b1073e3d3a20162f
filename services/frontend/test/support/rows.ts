import type { Database } from '@livepods/sql'

export interface Seed {
  path: string
  status?: number
  outcome?: string | null
  /** -1: none. */
  person?: number
  attempts?: number
  claimedBy?: string
  lastError?: string
  truncated?: boolean
  incomplete?: boolean
  moreFaces?: number
  /** Milliseconds before now. */
  createdAgo?: number
  claimedAgo?: number
  finishedAgo?: number
  /** Milliseconds from now. */
  dueIn?: number
  faces?: FaceSeed[]
}

export interface FaceSeed {
  box?: [x: number, y: number, width: number, height: number]
  quality?: number
  person?: number
  distance?: number
  runnerUp?: [person: number, distance: number]
  decided?: boolean
}

/** Inserts a person and returns the id. */
export async function addPerson(database: Database, name: string): Promise<number> {
  return Number((await database.change('INSERT INTO person (name) VALUES (?)', [name])).insertId)
}

/** Inserts a photo with its faces, as the image-processor leaves them, and returns the id. */
export async function addPhoto(database: Database, seed: Seed): Promise<string> {
  const ago = (ms: number | undefined) => (ms === undefined ? null : new Date(Date.now() - ms))
  const { insertId } = await database.change(
    `INSERT INTO images (path, status, outcome, person, attempts, claimed_by, last_error, truncated, incomplete, more_faces,
        created_at, claimed_at, finished_at, due_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [
      seed.path,
      seed.status ?? 0,
      seed.outcome ?? null,
      seed.person ?? -1,
      seed.attempts ?? 0,
      seed.claimedBy ?? null,
      seed.lastError ?? null,
      seed.truncated ? 1 : 0,
      seed.incomplete ? 1 : 0,
      seed.moreFaces ?? 0,
      new Date(Date.now() - (seed.createdAgo ?? 0)),
      ago(seed.claimedAgo),
      ago(seed.finishedAgo),
      seed.dueIn === undefined ? null : new Date(Date.now() + seed.dueIn),
    ],
  )
  for (const face of seed.faces ?? []) await addFace(database, insertId, face)
  return insertId
}

/** A change of state, as the image-processor makes it. */
export async function finish(database: Database, id: string, outcome: string, faces: FaceSeed[] = []): Promise<void> {
  const status = outcome === 'IDENTIFIED' ? 1 : outcome === 'UNIDENTIFIED' ? 0 : 2
  await database.transaction(async (session) => {
    for (const face of faces) await addFace(session, id, face)
    await session.change(
      `UPDATE images SET status = ?, outcome = ?, person = ?, due_at = NULL, finished_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3)
        WHERE id = ?`,
      [status, outcome, faces[0]?.person ?? -1, id],
    )
  })
}

async function addFace(session: Pick<Database, 'change'>, imageId: string, face: FaceSeed): Promise<void> {
  const [x, y, width, height] = face.box ?? [0.4, 0.3, 0.2, 0.3]
  await session.change(
    `INSERT INTO faces (image_id, x, y, width, height, score, quality, person_id, distance, runner_up_id, runner_up_distance, decided)
      VALUES (?, ?, ?, ?, ?, 0.97, ?, ?, ?, ?, ?, ?)`,
    [
      imageId,
      x,
      y,
      width,
      height,
      face.quality ?? null,
      face.person ?? null,
      face.distance ?? null,
      face.runnerUp?.[0] ?? null,
      face.runnerUp?.[1] ?? null,
      face.decided ? 1 : 0,
    ],
  )
}
