import type { Session } from '@livepods/sql'
import { portraitName } from './learn.ts'
import { findPerson, keyOf } from './person-rows.ts'
import { keep, putBack } from './removing.ts'
import type { Work } from './work.ts'

/** The known image that was learned from a face, of a person who is not the one on it any more. */
export interface FormerPortrait {
  person: number
  image: string
  /** The picture in base64, for undo, once it is about to be removed. */
  bytes: string | undefined
}

export async function portraitOf(session: Session, face: string, person: number): Promise<FormerPortrait | undefined> {
  const rows = await session.rows<{ image_name: string }>('SELECT image_name FROM person_images WHERE person_id = ?', [
    person,
  ])
  const name = new RegExp(`/${portraitName(face)}(-[0-9a-f]+)?\\.\\w+$`)
  const image = rows.map((row) => row.image_name).find((image) => name.test(image))
  return image === undefined ? undefined : { person, image, bytes: undefined }
}

export async function keptForUndo(work: Work, portrait: FormerPortrait): Promise<FormerPortrait> {
  return { ...portrait, bytes: portrait.bytes ?? (await keep(work, portrait.image)) }
}

export async function removePortrait({ faces, pictures }: Work, { image }: FormerPortrait): Promise<void> {
  await faces.remove(image)
  pictures.forget(`/known_people/${image}`)
}

/** Gives it back to its person, while the picture is kept. */
export async function putPortraitBack(work: Work, { person: id, image, bytes }: FormerPortrait): Promise<void> {
  if (bytes === undefined) return
  const person = await findPerson(work.session, id)
  await putBack(work, { image, bytes, key: await keyOf(work.session, person), person: person.id })
}
