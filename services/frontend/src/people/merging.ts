import { Problem } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change, endUndo, saveChange } from './change-log.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { findPerson, keyOf, type PersonRow, removeImageRow, removePerson, writeImage } from './person-rows.ts'
import { refuseFacesChanged, refuseMissing } from './undo-checks.ts'
import type { Work } from './work.ts'

export interface Merging extends Before {
  name: string
  from: PersonRow
  into: number
  /** Known images that were moved, and what they are called since. */
  moved: { from: string; to: string }[]
  /** All faces of the one who is no more, as they were. */
  faces: FaceState[]
  groups: string[]
}

/** Two are one: `from` is no more, `into` has all known images, faces and groups. */
export async function mergePeople(
  work: Work,
  { actor, from: fromId, into: intoId }: { actor: string; from: number; into: number },
): Promise<string> {
  if (fromId === intoId) throw new Problem(400, 'A person cannot be merged with themselves. Choose another person.')
  const [from, into] = [await findPerson(work.session, fromId), await findPerson(work.session, intoId)]
  const before: Merging = {
    state: 'doing',
    people: [fromId, intoId],
    name: into.name,
    from: { ...from, folder: await keyOf(work.session, from) },
    into: intoId,
    moved: [],
    faces: [],
    groups: [],
  }
  const id = await addChange(work.session, actor, 'merge', before)
  await finishMerging(work, id, before)
  return id
}

export async function finishMerging(work: Work, id: string, before: Merging): Promise<void> {
  const { session } = work
  const { from, into, moved } = before
  const key = await keyOf(session, await findPerson(session, into))
  const images = await session.rows<{ image_name: string }>(
    'SELECT image_name FROM person_images WHERE person_id = ?',
    [from.id],
  )
  for (const { image_name } of images) {
    const image = await work.faces.move(image_name, key)
    await transact(session, async (session) => {
      await removeImageRow(session, image_name)
      if (!image) return
      await writeImage(session, image.imageName, into)
      moved.push({ from: image_name, to: image.imageName })
      await saveChange(session, id, before)
    })
  }
  await transact(session, async (session) => {
    const faces = await lockFaces(session, 'person_id = ?', [from.id])
    const groups = await session.rows<{ id: string }>('SELECT id FROM face_groups WHERE person_id = ? FOR UPDATE', [
      from.id,
    ])
    await session.change('UPDATE faces SET person_id = ? WHERE person_id = ?', [into, from.id])
    await session.change('UPDATE face_groups SET person_id = ? WHERE person_id = ?', [into, from.id])
    await forgetAsRunnerUp(session, from.id)
    await judgePhotos(session, faces)
    await removePerson(session, from.id)
    const done: Merging = { ...before, state: 'done', faces, groups: groups.map((group) => group.id) }
    await saveChange(session, id, done)
  })
}

/** The next comparison says who comes second. */
export async function forgetAsRunnerUp(session: Session, person: number): Promise<void> {
  await session.change('UPDATE faces SET runner_up_id = NULL, runner_up_distance = NULL WHERE runner_up_id = ?', [
    person,
  ])
}

/** What only a machine said it says again, whoever it is. */
export async function refuseUndoMerging(session: Session, { id, before }: Change<Merging>): Promise<void> {
  await refuseMissing(session, [before.into])
  await refuseFacesChanged(session, id, { person: before.into, goneInstead: before.from.id, decidedOnly: true })
}

export async function undoMerging(work: Work, { id, before }: Change<Merging>): Promise<void> {
  const { from, into, moved, faces, groups } = before
  if (before.state === 'done') {
    await transact(work.session, async (session) => {
      await session.change('INSERT INTO person (id, name, folder) VALUES (?, ?, ?)', [from.id, from.name, from.folder])
      await saveChange(session, id, { ...before, state: 'undoing' } as Merging)
    })
  }
  for (const image of moved) {
    const back = await work.faces.move(image.to, from.folder ?? '')
    await transact(work.session, async (session) => {
      await removeImageRow(session, image.to)
      if (back) await writeImage(session, back.imageName, from.id)
    })
  }
  await transact(work.session, async (session) => {
    const still = await session.rows<{ id: string }>('SELECT id FROM faces WHERE person_id = ?', [into])
    const ids = new Set(still.map((face) => face.id))
    const back = faces.filter((face) => ids.has(face.id))
    if (back.length > 0) await lockFaces(session, 'id IN (?)', [back.map((face) => face.id)])
    await restoreFaces(session, back)
    if (groups.length > 0)
      await session.change('UPDATE face_groups SET person_id = ? WHERE id IN (?) AND person_id = ?', [
        from.id,
        groups,
        into,
      ])
    await judgePhotos(session, back)
    await endUndo(session, id, before)
  })
}
