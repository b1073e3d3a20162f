import { type Call, RpcError, status } from '@livepods/grpc'
import type {
  AddKnownImageRequest__Output,
  AddKnownImageResponse,
  ConfirmKnownImagesGoneRequest__Output,
  ConfirmKnownImagesGoneResponse,
  DeleteKnownPersonRequest__Output,
  DeleteKnownPersonResponse,
  KnownImage,
  ListKnownImagesRequest__Output,
  ListKnownImagesResponse,
  MoveKnownImageRequest__Output,
  MoveKnownImageResponse,
  PurgeKnownPersonRequest__Output,
  PurgeKnownPersonResponse,
  RemoveKnownImageRequest__Output,
  RemoveKnownImageResponse,
  UndeleteKnownPersonRequest__Output,
  UndeleteKnownPersonResponse,
} from '@livepods/protos'
import { keyOf, spellingsOf } from '../gallery/known-person.ts'
import { ChangeImpossibleError } from '../known/known-change-error.ts'
import { type KnownChanges, KnownImageMissingError } from '../known/known-changes.ts'
import { isDescribed, type KnownEntry, NO_FACE, personOn } from '../known/known-entry.ts'
import { ChangeRefusedError } from '../known/known-name.ts'
import { type KnownPeople, LossChangedError } from '../known/known-people.ts'
import { KnownStoreAwayError } from '../known/known-store-away.ts'
import { pictureFault } from './faults.ts'

export interface KnownImagesDependencies {
  known: KnownPeople
  changes: KnownChanges
}

const PAGE = 100
const MAX_PAGE = 1000

/** livepods.faces.v1 ListKnownImages: a page token is the last name of the page before. */
export async function listKnownImages(
  { request }: Call<ListKnownImagesRequest__Output>,
  { known }: KnownImagesDependencies,
): Promise<ListKnownImagesResponse> {
  const size = Math.min(request.pageSize || PAGE, MAX_PAGE)
  const after = Buffer.from(request.pageToken, 'base64url').toString()
  const gallery = known.gallery.hash
  const store = known.state.report()
  const images: KnownImage[] = []
  const person = keyOf(request.person)
  for (const spelling of spellingsOf(person)) {
    const [, first = ''] = [after, spelling].sort()
    for (const entry of known.entries.from(first)) {
      // The name of every image of a person begins with theirs.
      if (!entry.name.startsWith(spelling)) break
      if (entry.name === after || (person !== '' && personOn(entry) !== person)) continue
      if (images.length === size) return { images, gallery, store, nextPageToken: tokenOf(images.at(-1)) }
      images.push(messageOf(entry))
    }
  }
  return { images, gallery, store }
}

/** livepods.faces.v1 AddKnownImage. */
export async function addKnownImage(
  { request, signal, log }: Call<AddKnownImageRequest__Output>,
  { known, changes }: KnownImagesDependencies,
): Promise<AddKnownImageResponse> {
  const { entry, changed } = await orStatus(changes.add(request, signal))
  log.info({ image: entry.name, added: changed }, 'known image added')
  return { image: messageOf(entry), added: changed, gallery: known.gallery.hash }
}

/** livepods.faces.v1 RemoveKnownImage. */
export async function removeKnownImage(
  { request, log }: Call<RemoveKnownImageRequest__Output>,
  { known, changes }: KnownImagesDependencies,
): Promise<RemoveKnownImageResponse> {
  const removed = await orStatus(changes.remove(request))
  log.info({ image: request.imageName, removed }, 'known image removed')
  return { removed, gallery: known.gallery.hash }
}

/** livepods.faces.v1 MoveKnownImage. */
export async function moveKnownImage(
  { request, log }: Call<MoveKnownImageRequest__Output>,
  { known, changes }: KnownImagesDependencies,
): Promise<MoveKnownImageResponse> {
  const { entry, changed } = await orStatus(changes.move(request))
  log.info({ image: request.imageName, to: entry.name, moved: changed }, 'known image moved')
  return { image: messageOf(entry), moved: changed, gallery: known.gallery.hash }
}

/** livepods.faces.v1 DeleteKnownPerson. */
export async function deleteKnownPerson(
  { request, log }: Call<DeleteKnownPersonRequest__Output>,
  { known, changes }: KnownImagesDependencies,
): Promise<DeleteKnownPersonResponse> {
  const images = await orStatus(changes.people.delete(request))
  log.info({ person: request.person, images }, 'known person deleted')
  return { images, gallery: known.gallery.hash }
}

/** livepods.faces.v1 UndeleteKnownPerson. */
export async function undeleteKnownPerson(
  { request, log }: Call<UndeleteKnownPersonRequest__Output>,
  { known, changes }: KnownImagesDependencies,
): Promise<UndeleteKnownPersonResponse> {
  const entries = await orStatus(changes.people.undelete(request.person))
  log.info({ person: request.person, images: entries.length }, 'known person undeleted')
  return { images: entries.map(messageOf), gallery: known.gallery.hash }
}

/** livepods.faces.v1 PurgeKnownPerson. */
export async function purgeKnownPerson(
  { request, log }: Call<PurgeKnownPersonRequest__Output>,
  { changes }: KnownImagesDependencies,
): Promise<PurgeKnownPersonResponse> {
  const images = await orStatus(changes.people.purge(request.person))
  log.info({ images }, 'known person purged')
  return { images }
}

/** livepods.faces.v1 ConfirmKnownImagesGone. */
export async function confirmKnownImagesGone(
  { request, actor, log }: Call<ConfirmKnownImagesGoneRequest__Output>,
  { known }: KnownImagesDependencies,
): Promise<ConfirmKnownImagesGoneResponse> {
  const confirmed = await orStatus(known.confirmGone(request.loss))
  log.info({ actor, loss: request.loss, confirmed }, 'known images confirmed gone')
  return { confirmed, gallery: known.gallery.hash }
}

function messageOf(entry: KnownEntry): KnownImage {
  const { name: imageName, content = '' } = entry
  const image = { imageName, person: personOn(entry), content }
  if (!isDescribed(entry)) {
    const warning = entry.reason === NO_FACE ? 'KNOWN_IMAGE_WARNING_NO_FACE' : 'KNOWN_IMAGE_WARNING_UNREADABLE'
    return { ...image, warning, detail: entry.skipped }
  }
  const { faces } = entry
  if (faces === 1) return { ...image, faces }
  const detail = `There are ${faces} faces on it; the largest counts.`
  return { ...image, faces, warning: 'KNOWN_IMAGE_WARNING_SEVERAL_FACES', detail }
}

function tokenOf(image: KnownImage | undefined): string {
  return Buffer.from(image?.imageName ?? '').toString('base64url')
}

async function orStatus<T>(change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    const { message } = error as Error
    if (error instanceof ChangeRefusedError) throw new RpcError(status.INVALID_ARGUMENT, message, { cause: error })
    if (error instanceof ChangeImpossibleError)
      throw new RpcError(status.FAILED_PRECONDITION, message, { cause: error })
    if (error instanceof LossChangedError) throw new RpcError(status.FAILED_PRECONDITION, message, { cause: error })
    if (error instanceof KnownStoreAwayError)
      throw new RpcError(status.UNAVAILABLE, message, { cause: error, reason: 'known_people_away' })
    if (error instanceof KnownImageMissingError) throw new RpcError(status.NOT_FOUND, message, { cause: error })
    throw new RpcError(status.INVALID_ARGUMENT, pictureFault(error).detail, { cause: error })
  }
}
