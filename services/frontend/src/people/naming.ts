import { Problem } from '@livepods/http'
import { transact } from '@livepods/sql'
import type { Box } from '../pictures.ts'
import { addChange, type Before, type Change, endUndo, saveChange } from './change-log.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { learn } from './learn.ts'
import { checkedName } from './person-name.ts'
import {
  addPerson,
  findPerson,
  keyOf,
  type PersonRow,
  refuseTaken,
  removeIfNothingKnown,
  removeImageRow,
  type Who,
  writeImage,
} from './person-rows.ts'
import { refuseReplaced } from './replaced.ts'
import { changedSince, type Work } from './work.ts'

export interface Naming extends Before {
  name: string
  face: string
  path: string
  box: Box
  /** The person was made by this. */
  added: boolean
  photos: number
  /** As they were. */
  faces: FaceState[]
  group: { id: string; person: number | null } | undefined
  /** The known image that the face became. */
  image: string | undefined
  warning: string | undefined
}

type Place = Box & Pick<FaceState, 'group_id'> & { path: string; due: number }

/**
 * Says who a face is: it and all others of its group bear the name at once, for good; then the face becomes a known image, so that later
 * photos are recognised. Returns the id of the change.
 */
export async function nameFace(
  work: Work,
  { actor, photo, face, who }: { actor: string; photo: string; face: string; who: Who },
): Promise<string> {
  const name = 'name' in who ? checkedName(who.name) : ''
  await refuseReplaced(work, face)
  const { id, before } = await transact(work.session, async (session) => {
    const [place] = await session.rows<Place>(
      `SELECT faces.x, faces.y, faces.width, faces.height, faces.group_id, images.path, images.due_at IS NOT NULL AS due
         FROM faces JOIN images ON images.id = faces.image_id WHERE faces.id = ? AND images.id = ? FOR UPDATE`,
      [face, photo],
    )
    if (!place) throw new Problem(404, 'There is no such face, or no longer. Load the page again.')
    // MySQL answers what is computed as text.
    if (Number(place.due) === 1)
      throw new Problem(409, 'The photo is just being looked at again. Try again in a few seconds.')
    const { person, added } = await whom(session, who, name)
    // A group names all who were not named apart from it.
    const where = 'id = ? OR (group_id = ? AND (decided = 0 OR person_id IS NULL))'
    const faces = await lockFaces(session, where, [face, place.group_id ?? '0'])
    const before: Naming = {
      state: 'doing',
      people: [person.id],
      name: person.name,
      face,
      path: place.path,
      box: { x: place.x, y: place.y, width: place.width, height: place.height },
      added,
      photos: new Set(faces.map(({ image_id }) => image_id)).size,
      faces,
      group: await groupOf(session, place.group_id),
      image: undefined,
      warning: undefined,
    }
    await session.change('UPDATE faces SET person_id = ?, distance = NULL, decided = 1 WHERE id IN (?)', [
      person.id,
      faces.map(({ id }) => id),
    ])
    if (place.group_id)
      await session.change('UPDATE face_groups SET person_id = ? WHERE id = ?', [person.id, place.group_id])
    await judgePhotos(session, faces)
    return { id: await addChange(session, actor, 'name', before), before }
  })
  await finishNaming(work, id, before).catch((error) => {
    // The name stands; repair goes on with the rest.
    work.log.warn({ err: error, change: id }, 'face named, and not learned yet')
  })
  return id
}

/** The rest of it: the known image and its row. The same again has the same end. */
export async function finishNaming(work: Work, id: string, before: Naming): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const key = await keyOf(work.session, person)
  const { face, path, box } = before
  const { image, warning } = await learn(work, { face, path, box, key }).catch(asWarning)
  await transact(work.session, async (session) => {
    if (image) await writeImage(session, image.imageName, person.id)
    await saveChange(session, id, { ...before, state: 'done', image: image?.imageName, warning } as Naming)
  })
}

/** Known people that are read-only cannot learn; that is no reason to try for ever. */
function asWarning(error: unknown) {
  if (error instanceof Problem && error.status < 500) return { image: undefined, warning: error.message }
  throw error
}

export async function undoNaming(work: Work, { id, before }: Change<Naming>): Promise<void> {
  const { faces, people, group, image, added } = before
  const person = people[0] ?? 0
  if (before.state === 'done') {
    await transact(work.session, async (session) => {
      const present = await lockFaces(session, 'id IN (?)', [faces.map((face) => face.id)])
      if (present.some((face) => face.person_id !== person || face.decided !== 1)) changedSince()
      await saveChange(session, id, { ...before, state: 'undoing' } as Naming)
    })
  }
  if (image) await work.faces.remove(image)
  await transact(work.session, async (session) => {
    if (image) await removeImageRow(session, image)
    await lockFaces(session, 'id IN (?)', [faces.map((face) => face.id)])
    await restoreFaces(session, faces)
    if (group) await session.change('UPDATE face_groups SET person_id = ? WHERE id = ?', [group.person, group.id])
    if (added) await removeIfNothingKnown(session, person)
    await judgePhotos(session, faces)
    await endUndo(session, id, before)
  })
}

async function whom(session: Work['session'], who: Who, name: string): Promise<{ person: PersonRow; added: boolean }> {
  if ('person' in who) return { person: await findPerson(session, who.person), added: false }
  if (!who.another) await refuseTaken(session, name)
  return { person: await addPerson(session, name), added: true }
}

async function groupOf(session: Work['session'], id: string | null): Promise<Naming['group']> {
  if (id === null) return undefined
  const [row] = await session.rows<{ person_id: number | null }>(
    'SELECT person_id FROM face_groups WHERE id = ? FOR UPDATE',
    [id],
  )
  return row && { id, person: row.person_id }
}
