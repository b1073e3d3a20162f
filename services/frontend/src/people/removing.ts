import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change, forgetChange, saveChange } from './change-log.ts'
import { keep, putBack, removePicture } from './kept-picture.ts'
import { findPerson, keyOf, removeImageRow } from './person-rows.ts'
import { enrolledForOthers } from './portrait.ts'
import { throwChangedSince } from './undo-checks.ts'
import { refuseUnfinished } from './unfinished.ts'
import type { Work } from './work.ts'

export interface Removing extends Before {
  name: string
  image: string
  /** The picture in base64, for undo. */
  bytes: string | undefined
}

/** Takes a known image away from a person. */
export async function removeImage(
  work: Work,
  { actor, person: personId, image: imageId }: { actor: string; person: number; image: number },
): Promise<string> {
  const person = await findPerson(work.session, personId)
  await refuseUnfinished(work.session, { people: [personId] })
  const [row] = await work.session.rows<{ image_name: string }>(
    'SELECT image_name FROM person_images WHERE id = ? AND person_id = ?',
    [imageId, personId],
  )
  if (!row) throw new ProblemError(404, 'There is no such known photo, or no longer. Load the page again.')
  const image = row.image_name
  const bytes = await keep(work, image)
  const before: Removing = { state: 'doing', people: [personId], name: person.name, image, bytes }
  const id = await addChange(work.session, actor, 'remove-image', before)
  await finishRemoving(work, id, before).catch(async (error) => {
    if (error instanceof ProblemError && error.status < 500) await forgetChange(work.session, id)
    throw error
  })
  return id
}

export async function finishRemoving(work: Work, id: string, before: Removing): Promise<void> {
  await removePicture(work, before.image)
  await transact(work.session, async (session) => {
    await removeImageRow(session, before.image)
    await saveChange(session, id, { ...before, state: 'done' })
  })
}

export async function refuseUndoRemoving(session: Session, { id, before }: Change<Removing>): Promise<void> {
  if ((await enrolledForOthers(session, before.people[0] ?? 0, [before.image])).length > 0) throwChangedSince()
  const kept = await session.rows(
    "SELECT 1 FROM face_changes WHERE id = ? AND JSON_EXTRACT(`before`, '$.bytes') IS NOT NULL",
    [id],
  )
  if (kept.length === 0)
    throw new ProblemError(409, 'The picture is not kept any more. Add it again from your own copy.')
}

export async function undoRemovingFiles(work: Work, { before }: Change<Removing>): Promise<void> {
  const { bytes = '' } = before
  const person = await findPerson(work.session, before.people[0] ?? 0)
  await putBack(work, { ...before, bytes, key: await keyOf(work.session, person), person: person.id })
}
