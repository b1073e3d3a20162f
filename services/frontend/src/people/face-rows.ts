import { FINAL_BY_FACES, FOLLOW_FACES } from '@livepods/photo'
import type { Session, Values } from '@livepods/sql'

/** Who a face is, as stored in its row. */
export interface FaceState {
  id: string
  image_id: string
  group_id: string | null
  person_id: number | null
  distance: number | null
  runner_up_id: number | null
  runner_up_distance: number | null
  decided: number
}

const COLUMNS = 'id, image_id, group_id, person_id, distance, runner_up_id, runner_up_distance, decided'

/** Locks the photos of the faces that fit, and reads these faces. All who write to both lock photos first. */
export async function lockFaces(session: Session, where: string, values: Values): Promise<FaceState[]> {
  const images = await session.rows<{ id: string }>(`SELECT DISTINCT image_id AS id FROM faces WHERE ${where}`, values)
  await lockPhotos(
    session,
    images.map(({ id }) => id),
  )
  return await session.rows<FaceState>(`SELECT ${COLUMNS} FROM faces WHERE ${where} ORDER BY id FOR UPDATE`, values)
}

async function lockPhotos(session: Session, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await session.rows('SELECT id FROM images WHERE id IN (?) ORDER BY id FOR UPDATE', [ids])
}

/** Updates photos to follow their faces, which open pages notice. Photos with a claim are left to their workers. */
export async function judgePhotos(session: Session, faces: Pick<FaceState, 'image_id'>[]): Promise<void> {
  const ids = [...new Set(faces.map(({ image_id }) => image_id))]
  if (ids.length === 0) return
  await session.change(
    `UPDATE images SET ${FOLLOW_FACES}, updated_at = UTC_TIMESTAMP(3) WHERE id IN (?) AND ${FINAL_BY_FACES}`,
    [ids],
  )
}

/** Gives faces back what they had; a person or group that is not there leaves an empty place. What a machine said it says again. */
export async function restoreFaces(session: Session, faces: FaceState[]): Promise<void> {
  if (faces.length === 0) return
  await session.change(
    `UPDATE faces JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id', grp BIGINT UNSIGNED PATH '$.group_id',
         person INT PATH '$.person_id', distance DOUBLE PATH '$.distance', second INT PATH '$.runner_up_id',
         second_distance DOUBLE PATH '$.runner_up_distance', decided INT PATH '$.decided')) AS old ON old.id = faces.id
       LEFT JOIN person ON person.id = old.person AND person.deleted_at IS NULL LEFT JOIN face_groups ON face_groups.id = old.grp
       LEFT JOIN person AS second ON second.id = old.second AND second.deleted_at IS NULL
     SET faces.group_id = face_groups.id, faces.person_id = person.id, faces.distance = IF(person.id IS NULL, NULL, old.distance),
       faces.generation = 0, faces.decided = old.decided,
       faces.runner_up_id = second.id, faces.runner_up_distance = IF(second.id IS NULL, NULL, old.second_distance)`,
    [JSON.stringify(faces, (_key, value) => value ?? undefined)],
  )
}

/** The next re-match finds the runner-up. */
export async function forgetAsRunnerUp(session: Session, person: number): Promise<void> {
  await session.change('UPDATE faces SET runner_up_id = NULL, runner_up_distance = NULL WHERE runner_up_id = ?', [
    person,
  ])
}
