import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change, saveChange } from './change-log.ts'
import { addCluster, removeCluster } from './clusters.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { keep, removePicture } from './kept-picture.ts'
import { findPerson, removeImageRow } from './person-rows.ts'
import { portraitOf, putPortraitBack } from './portrait.ts'
import { throwChangedSince } from './undo-checks.ts'
import { refuseUnfinished } from './unfinished.ts'
import { personSaid, refuseUnseen, type Seen } from './whose.ts'
import type { Work } from './work.ts'

export interface Splitting extends Before {
  name: string
  face: FaceState
  /** The cluster of its own that it has now. */
  group: string
  /** The known image that was made of this face. */
  image: string | undefined
  bytes: string | undefined
}

/**
 * Splits a face off its person or cluster: somebody says that it does not belong there. It gets a cluster of its own with a cannot-link to
 * the former one, and is nobody's until it is named.
 */
export async function splitFace(
  work: Work,
  { actor, photo, face: faceId, seen }: { actor: string; photo: string; face: string; seen?: Seen },
): Promise<string> {
  const { id, before } = await transact(work.session, async (session) => {
    const [face] = await lockFaces(session, 'id = ? AND image_id = ?', [faceId, photo])
    if (!face) throw new ProblemError(404, 'There is no such face, or no longer. Load the page again.')
    if (face.person_id === null && face.group_id === null)
      throw new ProblemError(409, 'The face is nobody’s and in no group already.')
    const person = face.person_id === null ? undefined : await findPerson(session, face.person_id)
    await refuseUnseen(session, faceId, { said: await personSaid(session, face), seen })
    await refuseUnfinished(session, { people: person ? [person.id] : [], face: faceId })
    const image = person && (await portraitOf(session, faceId, person.id))?.image
    const group = await addCluster(session, null, face.group_id)
    await session.change(
      'UPDATE faces SET group_id = ?, person_id = NULL, distance = NULL, runner_up_id = NULL, runner_up_distance = NULL, decided = 1 WHERE id = ?',
      [group, faceId],
    )
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
    work.log.warn({ err: error, change: id }, 'face split off; removal of its known image pending')
  })
  return id
}

export async function finishSplitting(work: Work, id: string, before: Splitting): Promise<void> {
  const { image } = before
  if (image) await removePicture(work, image)
  await transact(work.session, async (session) => {
    if (image) await removeImageRow(session, image)
    await saveChange(session, id, { ...before, state: 'done' })
  })
}

export async function refuseUndoSplitting(session: Session, { before }: Change<Splitting>): Promise<void> {
  const { face, group } = before
  const [present] = await session.rows<Pick<FaceState, 'person_id' | 'group_id'>>(
    'SELECT person_id, group_id FROM faces WHERE id = ?',
    [face.id],
  )
  if (!present || present.person_id !== null || present.group_id !== group) throwChangedSince()
}

export async function undoSplitting(session: Session, { before }: Change<Splitting>): Promise<void> {
  const { face, group } = before
  await lockFaces(session, 'id = ?', [face.id])
  await restoreFaces(session, [face])
  await removeCluster(session, group, face.group_id)
  await judgePhotos(session, [face])
}

export async function undoSplittingFiles(work: Work, { before }: Change<Splitting>): Promise<void> {
  const { image, bytes } = before
  const [person] = before.people
  if (image && person) await putPortraitBack(work, { person, image, bytes })
}
