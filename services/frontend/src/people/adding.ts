import { hash } from 'node:crypto'
import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change, forgetChange, saveChange } from './change-log.ts'
import { removePicture } from './kept-picture.ts'
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
import { refuseUnfinished } from './unfinished.ts'
import type { Work } from './work.ts'

export interface Adding extends Before {
  name: string
  added: boolean
  /**
   * SHA-256 (hex) of the photos that the person did not have before: undo takes no other one away. A frontend of the version before does
   * not say.
   */
  wanted?: string[]
  images: string[]
  warnings: string[]
}

export interface PhotoFile {
  name: string
  bytes: Buffer
}

const contentOf = ({ bytes }: PhotoFile) => hash('sha256', bytes)

/** A new person with these known photos. */
export async function addNewPerson(
  work: Work,
  { actor, name: text, another, photos }: { actor: string; name: string; another: boolean; photos: PhotoFile[] },
): Promise<{ change: string; person: number }> {
  const name = checkedName(text)
  if (photos.length === 0)
    throw new ProblemError(400, 'There is no photo. Choose at least one on which the face is well seen.')
  const { id, before } = await transact(work.session, async (session) => {
    if (!another) await refuseTaken(session, name)
    const person = await addPerson(session, name)
    const before = adding({ person: person.id, name, added: true, wanted: photos.map(contentOf) })
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
  if (photos.length === 0) throw new ProblemError(400, 'There is no photo. Choose at least one.')
  const person = await findPerson(work.session, personId)
  await refuseUnfinished(work.session, { people: [personId] })
  const present = await work.faces.list(await keyOf(work.session, person))
  const had = new Set(present.map(({ content }) => content))
  const wanted = photos.map(contentOf).filter((content) => !had.has(content))
  const before = adding({ person: personId, name: person.name, added: false, wanted })
  const id = await addChange(work.session, actor, 'add', before)
  await addAll(work, id, before, photos)
  return id
}

function adding({
  person,
  ...rest
}: Omit<Adding, 'state' | 'people' | 'images' | 'warnings'> & { person: number }): Adding {
  return { state: 'doing', people: [person], ...rest, images: [], warnings: [] }
}

/** File, then row: a file without its row gets it by its folder, which is the person's, when the rest is repaired. */
async function addAll(work: Work, id: string, before: Adding, photos: PhotoFile[]): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const key = await keyOf(work.session, person)
  const refused: unknown[] = []
  for (const photo of photos) {
    try {
      const image = await work.faces.add(photo.bytes, key, wish(photo.name))
      await writeImage(work.session, image.imageName, person.id)
      if (before.wanted?.includes(image.content) && !before.images.includes(image.imageName))
        before.images.push(image.imageName)
      if (image.warning !== undefined) before.warnings.push(`${photo.name}: ${image.warning}`)
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error
      refused.push(error)
      before.warnings.push(`${photo.name}: ${error.message}`)
    }
  }
  const isRefused = refused.length === photos.length
  await transact(work.session, (session) => end(session, id, before, { forget: isRefused }))
  if (isRefused) throw new ProblemError(422, before.warnings.join(' '), { cause: refused[0] })
}

async function end(session: Session, id: string, before: Adding, { forget }: { forget: boolean }): Promise<void> {
  if (before.added) await removeIfNothingKnown(session, before.people[0] ?? 0)
  if (forget) await forgetChange(session, id)
  else await saveChange(session, id, { ...before, state: 'done' })
}

/** Photos of the request that were not added before a crash are lost: it was never answered. */
export async function finishAdding(work: Work, id: string, before: Adding): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const files = await work.faces.list(await keyOf(work.session, person))
  const { wanted } = before
  const came = files.filter(({ content }) => wanted?.includes(content)).map(({ imageName }) => imageName)
  const images = wanted ? came : before.images
  await transact(work.session, async (session) => {
    for (const { imageName } of files) await writeImage(session, imageName, person.id)
    await end(session, id, { ...before, images }, { forget: wanted !== undefined && images.length === 0 })
  })
}

export async function undoAdding(session: Session, { before }: Change<Adding>): Promise<void> {
  for (const image of before.images) await removeImageRow(session, image)
  if (before.added) await removeIfNothingKnown(session, before.people[0] ?? 0)
}

export async function undoAddingFiles(work: Work, { before }: Change<Adding>): Promise<void> {
  for (const image of before.images) {
    await removePicture(work, image)
    await removeImageRow(work.session, image)
  }
}

/** A file name that the folder of known people takes. */
function wish(name: string): string {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const plain = file.normalize('NFC').replaceAll(/[^\p{L}\p{N}._ -]/gu, '_')
  return [...plain.replace(/^[.\s]+/, '').trim()].slice(0, 60).join('').trim()
}
