import { Problem } from '@livepods/http'
import { transact } from '@livepods/sql'
import { addChange, type Before, type Change, endUndo, saveChange } from './change-log.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { portraitName } from './learn.ts'
import { findPerson, keyOf, removeImageRow } from './person-rows.ts'
import { keep, putBack } from './removing.ts'
import { changedSince, type Work } from './work.ts'

export interface Splitting extends Before {
  name: string
  face: FaceState
  /** The group that it has now, of its own. */
  group: string
  /** The known image that was made of this face. */
  image: string | undefined
  bytes: string | undefined
}

/** Says that a face is not the person, or not of the group, that it is taken for. It stays apart for good, and is nobody's until it is named. */
export async function splitFace(
  work: Work,
  { actor, photo, face: faceId }: { actor: string; photo: string; face: string },
): Promise<string> {
  const { id, before } = await transact(work.session, async (session) => {
    const [face] = await lockFaces(session, 'id = ? AND image_id = ?', [faceId, photo])
    if (!face) throw new Problem(404, 'There is no such face, or no longer. Load the page again.')
    if (face.person_id === null && face.group_id === null)
      throw new Problem(409, 'The face is nobody’s and in no group already.')
    const person = face.person_id === null ? undefined : await findPerson(session, face.person_id)
    const image = person && (await portraitOf(session, faceId, person.id))
    const { insertId: group } = await session.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
    await session.change(
      'UPDATE faces SET group_id = ?, person_id = NULL, distance = NULL, runner_up_id = NULL, runner_up_distance = NULL, decided = 1 WHERE id = ?',
      [group, faceId],
    )
    if (face.group_id) await session.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [face.group_id, group])
    await judgePhotos(session, [face])
    const before: Splitting = {
      state: 'doing',
      people: person ? [person.id] : [],
      name: person?.name ?? '',
      face,
      group,
      image,
      bytes: image && (await keep(work, image)),
    }
    return { id: await addChange(session, actor, 'split', before), before }
  })
  await finishSplitting(work, id, before).catch((error) => {
    work.log.warn({ err: error, change: id }, 'face set apart, and what was learned from it not removed yet')
  })
  return id
}

async function portraitOf(session: Work['session'], face: string, person: number): Promise<string | undefined> {
  const rows = await session.rows<{ image_name: string }>('SELECT image_name FROM person_images WHERE person_id = ?', [
    person,
  ])
  const name = portraitName(face)
  return rows.map((row) => row.image_name).find((image) => new RegExp(`/${name}(-[0-9a-f]+)?\\.\\w+$`).test(image))
}

export async function finishSplitting(work: Work, id: string, before: Splitting): Promise<void> {
  const { image } = before
  if (image) {
    await work.faces.remove(image)
    work.pictures.forget(`/known_people/${image}`)
  }
  await transact(work.session, async (session) => {
    if (image) await removeImageRow(session, image)
    await saveChange(session, id, { ...before, state: 'done' })
  })
}

export async function undoSplitting(work: Work, { id, before }: Change<Splitting>): Promise<void> {
  const { face, group, image, bytes } = before
  const [personId] = before.people
  if (before.state === 'done') {
    await transact(work.session, async (session) => {
      const [present] = await lockFaces(session, 'id = ?', [face.id])
      if (!present || present.person_id !== null || present.group_id !== group) changedSince()
      await saveChange(session, id, { ...before, state: 'undoing' } as Splitting)
    })
  }
  if (image && bytes && personId) {
    const person = await findPerson(work.session, personId)
    await putBack(work, { image, bytes, key: await keyOf(work.session, person), person: person.id })
  }
  await transact(work.session, async (session) => {
    await lockFaces(session, 'id = ?', [face.id])
    await restoreFaces(session, [face])
    await session.change('DELETE FROM group_apart WHERE b = ?', [group])
    await session.change('DELETE FROM face_groups WHERE id = ?', [group])
    await judgePhotos(session, [face])
    await endUndo(session, id, { ...before, bytes: undefined } as Splitting)
  })
}
