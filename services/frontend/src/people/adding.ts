import { Problem } from '@livepods/http'
import { transact } from '@livepods/sql'
import { addChange, type Before, type Change, endUndo, saveChange } from './change-log.ts'
import type { KnownImage } from './face-service.ts'
import { checkedName } from './person-name.ts'
import {
  addPerson,
  findPerson,
  keyOf,
  refuseTaken,
  removeIfNothingKnown,
  removeImageRow,
  writeImage,
} from './person-rows.ts'
import type { Work } from './work.ts'

export interface Adding extends Before {
  name: string
  added: boolean
  images: string[]
  warnings: string[]
}

export interface PhotoFile {
  name: string
  bytes: Buffer
}

/** A new person with these known photos. */
export async function addNewPerson(
  work: Work,
  { actor, name: text, another, photos }: { actor: string; name: string; another: boolean; photos: PhotoFile[] },
): Promise<{ change: string; person: number }> {
  const name = checkedName(text)
  if (photos.length === 0)
    throw new Problem(400, 'There is no photo. Choose at least one on which the face is well seen.')
  const { id, before } = await transact(work.session, async (session) => {
    if (!another) await refuseTaken(session, name)
    const person = await addPerson(session, name)
    const before: Adding = { state: 'doing', people: [person.id], name, added: true, images: [], warnings: [] }
    return { id: await addChange(session, actor, 'add', before), before }
  })
  await addAll(work, id, before, photos)
  return { change: id, person: before.people[0] ?? 0 }
}

/** Further known photos of a person. */
export async function addPhotos(
  work: Work,
  { actor, person: personId, photos }: { actor: string; person: number; photos: PhotoFile[] },
): Promise<string> {
  if (photos.length === 0) throw new Problem(400, 'There is no photo. Choose at least one.')
  const person = await findPerson(work.session, personId)
  const before: Adding = {
    state: 'doing',
    people: [personId],
    name: person.name,
    added: false,
    images: [],
    warnings: [],
  }
  const id = await addChange(work.session, actor, 'add', before)
  await addAll(work, id, before, photos)
  return id
}

/** File, then row: a file without its row gets it by its folder, which is the person's, when the rest is repaired. */
async function addAll(work: Work, id: string, before: Adding, photos: PhotoFile[]): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const key = await keyOf(work.session, person)
  const refused: unknown[] = []
  for (const { name, bytes } of photos) {
    try {
      const image = await work.faces.add(bytes, key, wish(name))
      await writeImage(work.session, image.imageName, person.id)
      note(before, name, image)
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error
      refused.push(error)
      before.warnings.push(`${name}: ${error.message}`)
    }
  }
  await transact(work.session, async (session) => {
    await saveChange(session, id, { ...before, state: 'done' })
    if (before.added && refused.length === photos.length) await removeIfNothingKnown(session, person.id)
  })
  if (refused.length === photos.length) throw new Problem(422, before.warnings.join(' '), { cause: refused[0] })
}

function note(before: Adding, name: string, { imageName, warning }: KnownImage): void {
  before.images.push(imageName)
  if (warning !== undefined) before.warnings.push(`${name}: ${warning}`)
}

/** The photos that did not come before a crash are lost: nobody was told that they were taken. */
export async function finishAdding(work: Work, id: string, before: Adding): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const files = await work.faces.list(await keyOf(work.session, person))
  await transact(work.session, async (session) => {
    for (const { imageName } of files) await writeImage(session, imageName, person.id)
    await saveChange(session, id, { ...before, state: 'done' })
    if (before.added) await removeIfNothingKnown(session, person.id)
  })
}

export async function undoAdding(work: Work, { id, before }: Change<Adding>): Promise<void> {
  await saveChange(work.session, id, { ...before, state: 'undoing' })
  for (const image of before.images) {
    await work.faces.remove(image)
    work.pictures.forget(`/known_people/${image}`)
  }
  await transact(work.session, async (session) => {
    for (const image of before.images) await removeImageRow(session, image)
    if (before.added) await removeIfNothingKnown(session, before.people[0] ?? 0)
    await endUndo(session, id, before)
  })
}

/** A file name that the folder of known people takes. */
function wish(name: string): string {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const plain = file.normalize('NFC').replaceAll(/[^\p{L}\p{N}._ -]/gu, '_')
  return [...plain.replace(/^[.\s]+/, '').trim()].slice(0, 60).join('').trim()
}
