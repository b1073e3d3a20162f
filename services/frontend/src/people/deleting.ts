import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import {
  addChange,
  type Before,
  type Change,
  findDeletion,
  forgetChange,
  forgetChangesOf,
  saveChange,
  saveUndone,
} from './change-log.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { removePicture } from './kept-picture.ts'
import { findPerson, keyOf, lockPerson, removePerson, writeImage } from './person-rows.ts'
import { enrolledForOthers } from './portrait.ts'
import { refuseUnfinished } from './unfinished.ts'
import type { Work } from './work.ts'

/** So long a deletion can be undone; then nothing is left of the person. */
export const UNDO_MINUTES = 5

export interface Deleting extends Before {
  /** Known images are out of the gallery, and their rows gone. */
  aside: boolean
  images: string[]
  /** Faces of the person, and those of their clusters that were nobody's, as they were. */
  faces: FaceState[]
}

interface Tombstone {
  id: number
  folder: string | null
  expired: boolean
}

/**
 * Deletes a person: from now on they are shown to nobody and recognised by nobody. For a while that can be undone, then nothing is left of
 * them. Faces that somebody named otherwise stay what they are.
 */
export async function deletePerson(
  work: Work,
  { actor, person: id }: { actor: string; person: number },
): Promise<string> {
  const { change, before } = await transact(work.session, async (session) => {
    await keyOf(session, await findPerson(session, id))
    await refuseUnfinished(session, { people: [id] })
    await lockPerson(session, id)
    const faces = await lockFaces(session, ...facesOf(id))
    await clearFaces(session, faces)
    await session.change('UPDATE person SET deleted_at = UTC_TIMESTAMP(3) WHERE id = ?', [id])
    await judgePhotos(session, faces)
    // State 'done' so that repair skips it: the tombstone says what is left to do.
    const before: Deleting = { state: 'done', people: [id], aside: false, images: [], faces }
    return { change: await addChange(session, actor, 'delete', before), before }
  })
  try {
    await setAside(work, change, before)
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) {
      await giveUp(work, change, before)
      throw error
    }
    work.log.warn({ err: error, change }, 'person deleted; removal of their known images pending')
  }
  return change
}

/** Those that are the person's, and those of their clusters that are nobody's. */
function facesOf(id: number): [where: string, values: number[]] {
  const where = 'person_id = ? OR (person_id IS NULL AND group_id IN (SELECT id FROM face_groups WHERE person_id = ?))'
  return [where, [id, id]]
}

/** Makes the faces nobody’s and decided, so that neither a re-match nor recognition names them again. */
async function clearFaces(session: Session, faces: FaceState[], { forget = false } = {}): Promise<void> {
  if (faces.length === 0) return
  await session.change(
    `UPDATE faces SET person_id = NULL, distance = NULL, runner_up_id = NULL, runner_up_distance = NULL, group_id = NULL,
       ${forget ? 'descriptor = NULL,' : ''} decided = 1 WHERE id IN (?)`,
    [faces.map((face) => face.id)],
  )
}

/** Idempotent. */
async function setAside(work: Work, change: string, before: Deleting): Promise<Deleting> {
  const { session, faces, pictures } = work
  const [id = 0] = before.people
  const rows = await session.rows<{ image_name: string }>('SELECT image_name FROM person_images WHERE person_id = ?', [
    id,
  ])
  const key = await keyOfDeleted(session, id)
  // Files without a row, and rows that speak of files in other folders.
  const files = await faces.list(key)
  const names = [...files.map(({ imageName }) => imageName), ...rows.map(({ image_name }) => image_name)]
  const known = { ...before, images: [...new Set([...before.images, ...names])] }
  await saveChange(session, change, known)
  await faces.deletePerson(key, known.images)
  for (const name of known.images) pictures.forget(`/known_people/${name}`)
  const done = { ...known, aside: true }
  await transact(session, async (session) => {
    await session.change('DELETE FROM person_images WHERE person_id = ?', [id])
    await saveChange(session, change, done)
  })
  return done
}

async function keyOfDeleted(session: Session, id: number): Promise<string> {
  const [row] = await session.rows<{ folder: string }>('SELECT folder FROM person WHERE id = ?', [id])
  if (!row) throw new ProblemError(404, 'There is no such person any more.')
  return row.folder
}

export async function refuseUndoDeleting(session: Session, { before }: Change<Deleting>): Promise<void> {
  const [id = 0] = before.people
  const rows = await session.rows(
    `SELECT 1 FROM person WHERE id = ? AND deleted_at > UTC_TIMESTAMP(3) - INTERVAL ${UNDO_MINUTES} MINUTE`,
    [id],
  )
  if (rows.length === 0)
    throw new ProblemError(
      409,
      `A deletion can be undone for ${UNDO_MINUTES} minutes, and these are over. Add the person again with a photo.`,
    )
}

/** The face service refuses to set the images aside: the person stays, and gets those back that were set aside already. */
async function giveUp(work: Work, change: string, before: Deleting): Promise<void> {
  await transact(work.session, async (session) => {
    await undoDeleting(session, { before })
    await saveUndone(session, change, before)
  })
  try {
    await undoDeletingFiles(work, { before })
  } catch (error) {
    // Where nothing can be brought back, nothing was set aside.
    if (!(error instanceof ProblemError && error.status < 500)) throw error
  }
  await forgetChange(work.session, change)
}

/** Restores the faces of which nobody decided anything meanwhile. */
export async function undoDeleting(
  session: Session,
  { before: { people, faces } }: Pick<Change<Deleting>, 'before'>,
): Promise<void> {
  await session.change('UPDATE person SET deleted_at = NULL WHERE id = ?', [people[0] ?? 0])
  const still = new Set((await facesStillNobodys(session, faces)).map((face) => face.id))
  await restoreFaces(
    session,
    faces.filter((face) => still.has(face.id)),
  )
  await judgePhotos(session, faces)
}

async function facesStillNobodys(session: Session, faces: FaceState[]): Promise<FaceState[]> {
  if (faces.length === 0) return []
  const where = 'id IN (?) AND person_id IS NULL AND decided = 1 AND group_id IS NULL'
  return await lockFaces(session, where, [faces.map((face) => face.id)])
}

export async function undoDeletingFiles(work: Work, { before }: Pick<Change<Deleting>, 'before'>): Promise<void> {
  const { session } = work
  const [id = 0] = before.people
  const [person] = await session.rows<{ folder: string }>(
    'SELECT folder FROM person WHERE id = ? AND deleted_at IS NULL',
    [id],
  )
  // Deleted again: that deletion has the images now.
  if (!person) return
  const back = (await work.faces.undeletePerson(person.folder)).map(({ imageName }) => imageName)
  // An answer that was lost had brought them back; a row without a file goes with the next repair.
  const images = [...new Set([...before.images, ...back])]
  const others = await enrolledForOthers(session, id, images)
  for (const name of others) await removePicture(work, name)
  await transact(session, async (session) => {
    for (const name of images) if (!others.includes(name)) await writeImage(session, name, id)
  })
}

/** Finishes deletions that a crash or an unavailable face service interrupted, and purges tombstones that can no longer be undone. */
export async function finishDeletions(work: Work): Promise<void> {
  const rows = await work.session.rows<Omit<Tombstone, 'expired'> & { expired: unknown }>(
    `SELECT id, folder, deleted_at <= UTC_TIMESTAMP(3) - INTERVAL ${UNDO_MINUTES} MINUTE AS expired FROM person
      WHERE deleted_at IS NOT NULL ORDER BY id`,
  )
  // A truth is a number on MariaDB and the string of a BIGINT on MySQL.
  for (const row of rows) await goOn(work, { ...row, expired: Number(row.expired) === 1 })
}

async function goOn(work: Work, person: Tombstone): Promise<void> {
  const change = await findDeletion(work.session, person.id)
  let before = change?.before as Deleting | undefined
  try {
    if (change && before && !before.aside) before = await setAside(work, change.id, before)
    if (person.expired) await purge(work, person, change && { ...change, before: before ?? change.before })
  } catch (error) {
    const { status } = error as { status?: number }
    // The service that is away for one is away for all.
    if (status === undefined || status >= 500) throw error
    work.log.warn({ err: error, person: person.id }, 'person cannot be deleted')
    if (change && before && !before.aside) {
      await giveUp(work, change.id, before)
    }
  }
}

async function purge(work: Work, { id, folder }: Tombstone, change: Change | undefined): Promise<void> {
  if (folder !== null) {
    // Somebody else removed the change, and what it knew of the files.
    if (!change)
      await work.faces.deletePerson(
        folder,
        (await work.faces.list(folder)).map(({ imageName }) => imageName),
      )
    await work.faces.purgePerson(folder)
  }
  await transact(work.session, async (session) => {
    const { faces = [] } = (change?.before ?? {}) as Partial<Deleting>
    const own = await lockFaces(session, ...facesOf(id))
    const all = [...own, ...(await facesStillNobodys(session, faces))]
    await clearFaces(session, all, { forget: true })
    await judgePhotos(session, all)
    await session.change('UPDATE images SET person = -1, updated_at = UTC_TIMESTAMP(3) WHERE person = ?', [id])
    const groups = 'SELECT id FROM face_groups WHERE person_id = ?'
    await session.change(`DELETE FROM group_apart WHERE a IN (${groups}) OR b IN (${groups})`, [id, id])
    await session.change('DELETE FROM face_groups WHERE person_id = ?', [id])
    await removePerson(session, id)
    await forgetChangesOf(session, id, change?.id)
    if (change) await saveChange(session, change.id, { state: 'done', people: [id] })
  })
  work.log.info({ person: id }, 'deleted person purged')
}

/** A deletion that a frontend of the version before began, which could not be undone. */
export async function finishDeleting(work: Work, change: string, { people }: Before): Promise<void> {
  const before: Deleting = { state: 'done', people, aside: false, images: [], faces: [] }
  await transact(work.session, async (session) => {
    await session.change(
      `UPDATE person SET deleted_at = UTC_TIMESTAMP(3) - INTERVAL ${UNDO_MINUTES} MINUTE WHERE id = ?`,
      [people[0] ?? 0],
    )
    await saveChange(session, change, before)
  })
}
