import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change, saveChange } from './change-log.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import type { KnownImage } from './face-service.ts'
import { keep, putBack } from './kept-picture.ts'
import {
  findPerson,
  keyOf,
  lockPerson,
  type PersonRow,
  removeImageRow,
  removePerson,
  writeImage,
} from './person-rows.ts'
import { refuseFacesChanged, refuseMissing } from './undo-checks.ts'
import { refuseUnfinished } from './unfinished.ts'
import type { Work } from './work.ts'

interface MovedImage {
  from: string
  /** What it is called since; absent as long as it is to be moved, and when it was gone. */
  to?: string
  /** SHA-256 (hex). */
  content?: string
  /** The other one had the same picture already. */
  shared?: boolean
}

export interface Merging extends Before {
  name: string
  from: PersonRow
  into: number
  moved: MovedImage[]
  /** All faces of the one who is no more, as they were. */
  faces: FaceState[]
  groups: string[]
}

/** Two are one: `from` is no more, `into` has all known images, faces and clusters. */
export async function mergePeople(
  work: Work,
  { actor, from: fromId, into: intoId }: { actor: string; from: number; into: number },
): Promise<string> {
  if (fromId === intoId)
    throw new ProblemError(400, 'A person cannot be merged with themselves. Choose another person.')
  const { session } = work
  const [from, into] = [await findPerson(session, fromId), await findPerson(session, intoId)]
  await refuseUnfinished(session, { people: [fromId, intoId] })
  const folder = await keyOf(session, from)
  const files = await work.faces.list(folder)
  const others = await work.faces.list(await keyOf(session, into))
  const { id, before } = await transact(session, async (session) => {
    for (const person of [fromId, intoId].sort((a, b) => a - b)) await lockPerson(session, person)
    const faces = await lockFaces(session, 'person_id = ?', [fromId])
    const groups = await session.rows<{ id: string }>('SELECT id FROM face_groups WHERE person_id = ? FOR UPDATE', [
      fromId,
    ])
    const rows = await session.rows<{ image_name: string }>(
      'SELECT image_name FROM person_images WHERE person_id = ?',
      [fromId],
    )
    for (const table of ['faces', 'face_groups', 'person_images'])
      await session.change(`UPDATE ${table} SET person_id = ? WHERE person_id = ?`, [intoId, fromId])
    await judgePhotos(session, faces)
    await removePerson(session, fromId)
    const before: Merging = {
      state: 'doing',
      people: [fromId, intoId],
      name: into.name,
      from: { ...from, folder },
      into: intoId,
      moved: toMove(files, others, rows),
      faces,
      groups: groups.map((group) => group.id),
    }
    return { id: await addChange(session, actor, 'merge', before), before }
  })
  await finishMerging(work, id, before).catch((error) => {
    // They are one; repair goes on with the rest.
    work.log.warn({ err: error, change: id }, 'people merged; move of known images pending')
  })
  return id
}

/** Files without a row are moved too, and rows that speak of files in other folders. */
function toMove(files: KnownImage[], others: KnownImage[], rows: { image_name: string }[]): MovedImage[] {
  const shared = new Set(others.map(({ content }) => content))
  const names = new Set(files.map(({ imageName }) => imageName))
  const elsewhere = rows
    .filter(({ image_name }) => !names.has(image_name))
    .map(({ image_name }) => ({ from: image_name }))
  return [
    ...files.map(({ imageName: from, content }) => ({ from, content, shared: shared.has(content) })),
    ...elsewhere,
  ]
}

/** The rest of it: the files. The same again has the same end. */
export async function finishMerging(work: Work, id: string, before: Merging): Promise<void> {
  const { session } = work
  const { into, moved } = before
  const key = await keyOf(session, await findPerson(session, into))
  for (const image of moved) {
    if (image.to !== undefined) continue
    const there = await work.faces.move(image.from, key, image.content)
    await transact(session, async (session) => {
      await removeImageRow(session, image.from)
      if (!there) return
      await writeImage(session, there.imageName, into)
      image.to = there.imageName
      await saveChange(session, id, before)
    })
    work.pictures.forget(`/known_people/${image.from}`)
  }
  await saveChange(session, id, { ...before, state: 'done' })
}

/** What only a machine said it says again, whoever it is. */
export async function refuseUndoMerging(session: Session, { id, before }: Change<Merging>): Promise<void> {
  await refuseMissing(session, [before.into])
  await refuseFacesChanged(session, id, { person: before.into, goneInstead: before.from.id, decidedOnly: true })
}

export async function undoMerging(session: Session, { before }: Change<Merging>): Promise<void> {
  const { from, into, faces, groups } = before
  // A frontend of the version before may have put the person back already.
  await session.change('INSERT INTO person (id, name, folder) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE id = id', [
    from.id,
    from.name,
    from.folder,
  ])
  await lockPerson(session, into)
  const own = new Set((await lockFaces(session, 'person_id = ?', [into])).map((face) => face.id))
  const back = faces.filter((face) => own.has(face.id))
  await restoreFaces(session, back)
  if (groups.length > 0)
    await session.change('UPDATE face_groups SET person_id = ? WHERE id IN (?) AND person_id = ?', [
      from.id,
      groups,
      into,
    ])
  await judgePhotos(session, back)
}

export async function undoMergingFiles(work: Work, { before }: Change<Merging>): Promise<void> {
  const { from, moved } = before
  for (const image of moved)
    if (image.to !== undefined) await (image.shared ? copyBack : moveBack)(work, image, { ...from, to: image.to })
}

async function moveBack(
  { faces, pictures, session }: Work,
  { content }: MovedImage,
  { id, folder, to }: PersonRow & { to: string },
): Promise<void> {
  const back = await faces.move(to, folder ?? '', content)
  await removeImageRow(session, to)
  pictures.forget(`/known_people/${to}`)
  if (back) await writeImage(session, back.imageName, id)
}

/** Both had it. */
async function copyBack(work: Work, { from: image }: MovedImage, { id, folder, to }: PersonRow & { to: string }) {
  const bytes = await keep(work, to)
  if (bytes !== undefined) await putBack(work, { image, bytes, key: folder ?? '', person: id })
}
