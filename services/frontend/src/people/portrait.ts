import type { Session } from '@livepods/sql'
import { keep, putBack } from './kept-picture.ts'
import { findPerson, keyOf } from './person-rows.ts'
import type { Work } from './work.ts'

/** The known image that a face was enrolled as, of a person who is not the one on it any more. */
export interface FormerPortrait {
  person: number
  image: string
  /** The picture in base64, for undo, once it is about to be removed. */
  bytes: string | undefined
}

/** A file of `portraitName`, with an end that keeps it apart from another one. */
const PORTRAIT = /\/face-(\d+)(?:-[0-9a-f]+)?\.\w+$/

export async function portraitOf(session: Session, face: string, person: number): Promise<FormerPortrait | undefined> {
  const rows = await session.rows<{ image_name: string }>('SELECT image_name FROM person_images WHERE person_id = ?', [
    person,
  ])
  const image = rows.map((row) => row.image_name).find((image) => PORTRAIT.exec(image)?.[1] === face)
  return image === undefined ? undefined : { person, image, bytes: undefined }
}

/** Those of a person's known images that were enrolled from a face of which somebody said since that it is another person's. */
export async function enrolledForOthers(session: Session, person: number, images: string[]): Promise<string[]> {
  const faces = new Map(images.map((image) => [image, PORTRAIT.exec(image)?.[1]]))
  const ids = [...faces.values()].filter((id) => id !== undefined)
  if (ids.length === 0) return []
  const rows = await session.rows<{ id: string }>(
    'SELECT id FROM faces WHERE id IN (?) AND decided = 1 AND person_id <> ?',
    [ids, person],
  )
  const others = new Set(rows.map(({ id }) => id))
  return images.filter((image) => others.has(faces.get(image) ?? ''))
}

export async function keptForUndo(work: Work, portrait: FormerPortrait): Promise<FormerPortrait> {
  return { ...portrait, bytes: portrait.bytes ?? (await keep(work, portrait.image)) }
}

/** Gives it back to its person, while the picture is kept. */
export async function putPortraitBack(work: Work, { person: id, image, bytes }: FormerPortrait): Promise<void> {
  if (bytes === undefined) return
  const person = await findPerson(work.session, id)
  await putBack(work, { image, bytes, key: await keyOf(work.session, person), person: person.id })
}
