import { ProblemError } from '@livepods/http'
import type { Person } from '@livepods/photo-api'
import { transact } from '@livepods/sql'
import type { Box } from '../pictures.ts'
import { addChange, type Before, type Change, saveChange } from './change-log.ts'
import { addCluster, type Cluster, lockCluster, removeCluster } from './clusters.ts'
import { enroll } from './enroll.ts'
import { type FaceState, judgePhotos, lockFaces, restoreFaces } from './face-rows.ts'
import { removePicture } from './kept-picture.ts'
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
import { type FormerPortrait, keptForUndo, portraitOf, putPortraitBack } from './portrait.ts'
import { refuseReplaced } from './replaced.ts'
import { refuseFacesChanged } from './undo-checks.ts'
import { refuseUnfinished } from './unfinished.ts'
import { personSaid, refuseUnseen, type Seen } from './whose.ts'
import type { Work } from './work.ts'

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
  /** The cluster that got the name, as it was. */
  group: Cluster | undefined
  /** Of a correction: whose the face was, by word, by recognition or by its cluster. */
  former?: Person | undefined
  /** Of a correction: the cluster that the face left, and the one of its own. */
  apart?: { from: string; group: string } | undefined
  /** Of a correction: the known image that the face was enrolled as for the former person. */
  portrait?: FormerPortrait | undefined
  /** The face was enrolled for this person before. */
  learnedBefore?: boolean
  /** The known image that the face became. */
  image: string | undefined
  warning: string | undefined
}

type Place = Box &
  Pick<FaceState, 'id' | 'image_id' | 'group_id' | 'person_id' | 'decided'> & { path: string; due: number }

/**
 * Says who a face is. When it was nobody's, all others of its cluster of whom nobody said otherwise bear the name at once, for good. When
 * it was somebody else's, this one face is corrected: it leaves its cluster, and nobody else in there changes. Then the face becomes a
 * known image, so that later photos are recognised. Returns the id of the change.
 */
export async function nameFace(
  work: Work,
  { actor, photo, face, who, seen }: { actor: string; photo: string; face: string; who: Who; seen?: Seen },
): Promise<string> {
  const name = 'name' in who ? checkedName(who.name) : ''
  await refuseReplaced(work, face)
  const { id, before } = await transact(work.session, async (session) => {
    const place = await placeOf(session, photo, face)
    const group = await lockCluster(session, place.group_id)
    const said = await personSaid(session, place)
    const isSaid = said !== undefined && said.id !== seen && 'name' in who && !who.another && said.name === name
    // Two said the same at once.
    const meant: Who = seen !== undefined && isSaid ? { person: said.id } : who
    await refuseUnseen(session, face, { said, seen, ...('person' in meant && { meant: meant.person }) })
    const { person, added } = await whom(session, meant, name)
    const former = [place.person_id, group?.person].find((other) => other != null && other !== person.id)
    await refuseUnfinished(session, { people: former == null ? [] : [former], face })
    const change =
      former == null ? await nameAll(session, place, group, person) : await correct(session, place, former, person)
    const before: Naming = {
      state: 'doing',
      people: former == null ? [person.id] : [person.id, former],
      name: person.name,
      face,
      path: place.path,
      box: { x: place.x, y: place.y, width: place.width, height: place.height },
      added,
      photos: new Set(change.faces.map(({ image_id }) => image_id)).size,
      group: undefined,
      ...change,
      learnedBefore: !added && (await portraitOf(session, face, person.id)) !== undefined,
      image: undefined,
      warning: undefined,
    }
    await judgePhotos(session, change.faces)
    return { id: await addChange(session, actor, 'name', before), before }
  })
  await finishNaming(work, id, before).catch((error) => {
    // The name stands; repair goes on with the rest.
    work.log.warn({ err: error, change: id }, 'face named; enrolling its image is pending')
  })
  return id
}

async function placeOf(session: Work['session'], photo: string, face: string): Promise<Place> {
  const [place] = await session.rows<Place>(
    `SELECT faces.id, faces.image_id, faces.x, faces.y, faces.width, faces.height, faces.group_id, faces.person_id, faces.decided, images.path, images.due_at IS NOT NULL AS due
       FROM faces JOIN images ON images.id = faces.image_id WHERE faces.id = ? AND images.id = ? FOR UPDATE`,
    [face, photo],
  )
  if (!place) throw new ProblemError(404, 'There is no such face, or no longer. Load the page again.')
  // MySQL answers what is computed as text.
  if (Number(place.due) === 1)
    throw new ProblemError(409, 'The photo is just being looked at again. Try again in a few seconds.')
  return place
}

async function nameAll(session: Work['session'], { id }: Place, group: Cluster | undefined, person: PersonRow) {
  const faces = await lockFaces(session, 'id = ? OR (group_id = ? AND decided = 0)', [id, group?.id ?? '0'])
  await session.change('UPDATE faces SET person_id = ?, distance = NULL, decided = 1 WHERE id IN (?)', [
    person.id,
    faces.map((face) => face.id),
  ])
  if (group) await session.change('UPDATE face_groups SET person_id = ? WHERE id = ?', [person.id, group.id])
  return { faces, group }
}

async function correct(session: Work['session'], { id, group_id: from }: Place, former: number, person: PersonRow) {
  const faces = await lockFaces(session, 'id = ?', [id])
  const group = from && (await addCluster(session, person.id, from))
  await session.change('UPDATE faces SET group_id = ?, person_id = ?, distance = NULL, decided = 1 WHERE id = ?', [
    group,
    person.id,
    id,
  ])
  const [was] = await session.rows<Person>('SELECT id, name FROM person WHERE id = ? AND deleted_at IS NULL', [former])
  return {
    faces,
    former: was,
    apart: from && group ? { from, group } : undefined,
    portrait: await portraitOf(session, id, former),
  }
}

/** Whose the face was that a change corrected. */
export function formerOf(change: Change | undefined): Person | undefined {
  return change?.action === 'name' ? (change.before as Naming).former : undefined
}

/** The rest of it: the known image and its row. The same again has the same end. */
export async function finishNaming(work: Work, id: string, before: Naming): Promise<void> {
  const person = await findPerson(work.session, before.people[0] ?? 0)
  const key = await keyOf(work.session, person)
  const { face, path, box } = before
  const portrait = before.portrait && (await keptForUndo(work, before.portrait))
  if (portrait) await saveChange(work.session, id, { ...before, portrait } as Naming)
  const { image, warning } = await reenroll(work, { face, path, box, key }, portrait).catch(asWarning)
  await transact(work.session, async (session) => {
    if (portrait) await removeImageRow(session, portrait.image)
    if (image) await writeImage(session, image.imageName, person.id)
    // What was there before stays when this is undone.
    const learned = before.learnedBefore ? undefined : image?.imageName
    await saveChange(session, id, { ...before, portrait, state: 'done', image: learned, warning } as Naming)
  })
}

/** A face is never enrolled for two people. */
async function reenroll(work: Work, what: Parameters<typeof enroll>[1], portrait: FormerPortrait | undefined) {
  if (portrait) await removePicture(work, portrait.image)
  return await enroll(work, what)
}

/** In a read-only store nothing can be enrolled: a warning, not a reason to retry. */
function asWarning(error: unknown) {
  if (error instanceof ProblemError && error.status < 500) return { image: undefined, warning: error.message }
  throw error
}

export async function refuseUndoNaming(session: Work['session'], { id, before }: Change<Naming>): Promise<void> {
  const [person = 0] = before.people
  await refuseFacesChanged(session, id, { person, group: before.apart?.group })
}

export async function undoNaming(session: Work['session'], { before }: Change<Naming>): Promise<void> {
  const { faces, people, group, image, added, apart } = before
  const person = people[0] ?? 0
  if (image) await removeImageRow(session, image)
  if (group) await lockCluster(session, group.id)
  await lockFaces(session, 'id IN (?)', [faces.map((face) => face.id)])
  await restoreFaces(session, faces)
  if (group)
    await session.change('UPDATE face_groups SET person_id = ? WHERE id = ? AND person_id = ?', [
      group.person,
      group.id,
      person,
    ])
  if (apart) await removeCluster(session, apart.group, apart.from)
  await judgePhotos(session, faces)
  if (added) await removeIfNothingKnown(session, person)
}

export async function undoNamingFiles(work: Work, { before }: Change<Naming>): Promise<void> {
  const { image, portrait } = before
  if (image) {
    await removePicture(work, image)
    await removeImageRow(work.session, image)
  }
  if (portrait) await putPortraitBack(work, portrait)
}

async function whom(session: Work['session'], who: Who, name: string): Promise<{ person: PersonRow; added: boolean }> {
  if ('person' in who) return { person: await findPerson(session, who.person), added: false }
  if (!who.another) await refuseTaken(session, name)
  return { person: await addPerson(session, name), added: true }
}
