import { ProblemError } from '@livepods/http'
import { isUpload, StoreUnavailableError } from '@livepods/images'
import { STATUS } from '@livepods/photo'
import type { Box } from '../pictures.ts'
import { cutOut } from './cut-out.ts'
import type { FoundFaces } from './face-service.ts'
import type { Work } from './work.ts'

/**
 * Largest distance between a face as it was described in its photo and in a cut-out of it. Measured on the 60 faces of the test photos:
 * 0.03 in the middle, 0.10 for 95 of 100, 0.18 at most, and one that was not found in its cut-out; sister and brother are 0.46 apart.
 */
const SAME_CUT_OUT = 0.3
/** The same between two descriptions of one file, which are equal but for rounding. */
const SAME_FILE = 0.1

const REPLACED = 'The file shows another picture now than when its faces were found.'
const FOREIGN = 'The face was described by another version of the face service.'
const AGAIN = 'The photo is being looked at again; load the page again in a few seconds.'

interface StoredFace extends Box {
  id: string
  image_id: string
  path: string
  descriptor: Buffer
  engine: string
  decided: number
}

type Comparison = 'same' | 'another' | 'foreign' | 'unknown'

/**
 * Throws ProblemError 409 when the file of a photo was replaced since the face was found: the name is meant for somebody whom it does not
 * show any more. The photo is then due again. Without the face service nothing can be said: who enrolls the face later checks again.
 */
export async function refuseReplaced(work: Work, face: string): Promise<void> {
  const stored = await storedFace(work, face)
  if (!stored) return
  const compared = await comparePresent(work, stored)
  // One that somebody decided may not be found by the new engine at all: its name is no matter of embeddings.
  if (compared !== 'another' && !(compared === 'foreign' && stored.decided === 0)) return
  await makeDue(work, stored)
  throw new ProblemError(409, `${compared === 'another' ? REPLACED : FOREIGN} ${AGAIN}`)
}

/** Why these bytes, cut out of the photo as it is now, must not be enrolled for the face; the photo is then due again. */
export async function whyNotThisFace(work: Work, face: string, bytes: Buffer): Promise<string | undefined> {
  const stored = await storedFace(work, face)
  if (!stored) return undefined
  const compared = await compare(work, stored, bytes)
  if (compared === 'same' || compared === 'unknown') return undefined
  await makeDue(work, stored)
  return compared === 'another' ? REPLACED : FOREIGN
}

/** Undefined when there is nothing to compare, or no need: the bytes of an upload cannot change, since its name is their sum. */
async function storedFace({ session }: Work, face: string): Promise<StoredFace | undefined> {
  const [row] = await session.rows<StoredFace>(
    `SELECT faces.id, faces.image_id, faces.x, faces.y, faces.width, faces.height, faces.descriptor, faces.engine, faces.decided, images.path
       FROM faces JOIN images ON images.id = faces.image_id
       WHERE faces.id = ? AND faces.descriptor IS NOT NULL AND faces.engine <> ''`,
    [face],
  )
  return row && !isUpload(row.path) ? row : undefined
}

async function comparePresent(work: Work, stored: StoredFace): Promise<Comparison> {
  try {
    const cut = await cutOut(work, stored.path, stored)
    return cut ? await compare(work, stored, cut.bytes) : 'unknown'
  } catch (error) {
    if (error instanceof StoreUnavailableError || error instanceof ProblemError) return 'unknown'
    throw error
  }
}

async function compare({ faces }: Work, stored: StoredFace, bytes: Buffer): Promise<Comparison> {
  const cut = await faces.describe({ content: bytes })
  if (cut.faces.length > 0 && cut.engine !== stored.engine) return 'foreign'
  if (cut.faces.some(({ descriptor }) => distance(descriptor, stored.descriptor) <= SAME_CUT_OUT)) return 'same'
  // A face may look otherwise, or be found no more, in a cut-out: the whole file decides.
  const whole = await faces.describe({ path: stored.path })
  if (whole.faces.length > 0 && whole.engine !== stored.engine) return 'foreign'
  if (hasSame(whole, stored)) return 'same'
  return cut.faces.length === 0 && !whole.wasRead ? 'unknown' : 'another'
}

function hasSame({ faces }: FoundFaces, stored: StoredFace): boolean {
  return faces.some(
    ({ box, descriptor }) => overlaps(box, stored) && distance(descriptor, stored.descriptor) <= SAME_FILE,
  )
}

const overlaps = (a: Box, b: Box) =>
  Math.abs(a.x + a.width / 2 - b.x - b.width / 2) < b.width / 2 &&
  Math.abs(a.y + a.height / 2 - b.y - b.height / 2) < b.height / 2

/** Euclidean, of 128 little-endian float32 each. */
function distance(one: Buffer, other: Buffer): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY
  let sum = 0
  for (let at = 0; at < one.length; at += 4) sum += (one.readFloatLE(at) - other.readFloatLE(at)) ** 2
  return Math.sqrt(sum)
}

/** As a change of the engine does it. What was made of the former picture is not shown any longer. */
async function makeDue({ session, pictures, log }: Work, { id, image_id, path }: StoredFace): Promise<void> {
  await session.change(
    `UPDATE images SET due_at = UTC_TIMESTAMP(3), wake_at = UTC_TIMESTAMP(3), attempts = 0, outcome = NULL, status = ${STATUS.PENDING},
       last_error = NULL, updated_at = UTC_TIMESTAMP(3) WHERE id = ? AND due_at IS NULL`,
    [image_id],
  )
  pictures.forget(path)
  log.warn({ imageId: image_id, face: id }, 'file of the photo was replaced; photo due again')
}
