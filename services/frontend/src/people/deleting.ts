import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, saveChange } from './change-log.ts'
import { judgePhotos, lockFaces } from './face-rows.ts'
import { forgetAsRunnerUp } from './merging.ts'
import { findPerson, removePerson } from './person-rows.ts'
import type { Work } from './work.ts'

export type Deleting = Before

/**
 * Forgets a person for good: known images, name, groups, and what their faces look like. Photos stay; their faces are nobody's, and no
 * machine says otherwise.
 */
export async function deletePerson(
  work: Work,
  { actor, person: id }: { actor: string; person: number },
): Promise<string> {
  await findPerson(work.session, id)
  const before: Deleting = { state: 'doing', people: [id] }
  const change = await addChange(work.session, actor, 'delete', before)
  await finishDeleting(work, change, before)
  return change
}

export async function finishDeleting(work: Work, change: string, before: Deleting): Promise<void> {
  const [id = 0] = before.people
  // First: as soon as a file is gone, another look may say of faces that they are nobody's, and then they would not be found.
  await transact(work.session, async (session) => await forgetFaces(session, id))
  await removeFiles(work, id)
  await transact(work.session, async (session) => {
    // Those that were recognised meanwhile.
    await forgetFaces(session, id)
    await forgetAsRunnerUp(session, id)
    await session.change('UPDATE images SET person = -1, updated_at = UTC_TIMESTAMP(3) WHERE person = ?', [id])
    await session.change(
      `DELETE FROM group_apart WHERE a IN (SELECT id FROM face_groups WHERE person_id = ?)
         OR b IN (SELECT id FROM face_groups WHERE person_id = ?)`,
      [id, id],
    )
    await session.change('DELETE FROM face_groups WHERE person_id = ?', [id])
    await removePerson(session, id)
    await forgetChanges(session, id, change)
    await saveChange(session, change, { ...before, state: 'done' })
  })
}

async function forgetFaces(session: Session, id: number): Promise<void> {
  const faces = await lockFaces(
    session,
    'person_id = ? OR group_id IN (SELECT id FROM face_groups WHERE person_id = ?)',
    [id, id],
  )
  if (faces.length === 0) return
  await session.change(
    `UPDATE faces SET person_id = NULL, distance = NULL, runner_up_id = NULL, runner_up_distance = NULL, group_id = NULL,
       descriptor = NULL, decided = 1 WHERE id IN (?)`,
    [faces.map((face) => face.id)],
  )
  await judgePhotos(session, faces)
}

async function removeFiles(work: Work, id: number): Promise<void> {
  const rows = await work.session.rows<{ image_name: string; folder: string | null }>(
    'SELECT image_name, folder FROM person LEFT JOIN person_images ON person_id = person.id WHERE person.id = ?',
    [id],
  )
  const folder = rows[0]?.folder
  const files = folder ? await work.faces.list(folder) : []
  // Files without a row, and rows that speak of files in other folders.
  const names = new Set([...files.map(({ imageName }) => imageName), ...rows.map(({ image_name }) => image_name)])
  for (const name of names) {
    if (!name) continue
    await work.faces.remove(name)
    work.pictures.forget(`/known_people/${name}`)
  }
}

/** What was done to the person before says their name too. */
async function forgetChanges(session: Session, person: number, but: string): Promise<void> {
  await session.change("DELETE FROM face_changes WHERE JSON_CONTAINS(`before`, ?, '$.people') AND id <> ?", [
    `${person}`,
    but,
  ])
}
