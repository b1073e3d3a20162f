import type { RecognisedOutcome } from '@livepods/photo'
import type { Face__Output, IdentifyResponse__Output, Match__Output, Outcome__Output } from '@livepods/protos'
import { type Match, OF_NO_FILE, type RecognisedFace, type Recognition } from './recognition.ts'

/** The response of the server is invalid: a fault of the server, not of the photo. */
export class InvalidResponseError extends Error {
  override readonly name = 'InvalidResponseError'
  readonly code = 'INVALID_RESPONSE'
}

const OUTCOMES: Record<Outcome__Output, RecognisedOutcome | undefined> = {
  OUTCOME_UNSPECIFIED: undefined,
  OUTCOME_IDENTIFIED: 'IDENTIFIED',
  OUTCOME_UNIDENTIFIED: 'UNIDENTIFIED',
  OUTCOME_NO_FACE: 'NO_FACE',
  OUTCOME_UNREADABLE: 'UNREADABLE',
  OUTCOME_MISSING: 'MISSING',
  OUTCOME_REFUSED: 'REFUSED',
}

const DESCRIPTOR_BYTES = 512
const NOBODY = 'not_found'

/** The answer of livepods.faces.v1, checked. Throws InvalidResponseError. */
export function readRecognition(response: IdentifyResponse__Output): Recognition {
  const outcome = OUTCOMES[response.outcome]
  if (!outcome) throw new InvalidResponseError(`${response.outcome} is not an outcome.`)
  if (!/^[0-9a-f]{64}$|^$/.test(response.gallery)) throw new InvalidResponseError('The gallery is not a SHA-256.')
  if (!/^[\x20-\x7e]{0,32}$/.test(response.engine))
    throw new InvalidResponseError('The engine is not at most 32 characters of ASCII.')
  if (!/^[!-~]{0,64}$/.test(response.stamp))
    throw new InvalidResponseError('The stamp is not at most 64 characters of ASCII.')
  const { gallery, engine, finder, detail, unfinished, truncated, incomplete, moreFaces } = response
  const file = { detail, stamp: response.stamp || undefined, unfinished, truncated, incomplete, moreFaces }
  return { outcome, faces: response.faces.map(readFace), named: undefined, gallery, engine, finder, ...file }
}

/** The answer of kube-cluster-sample: the name of a known image, in its folder if it lies in one, or "not_found". It tells of no faces. */
export function readName(imageName: string): Recognition {
  const named =
    imageName === NOBODY || imageName === '' ? undefined : { imageName, person: keyOf(imageName), distance: 0 }
  return { outcome: named ? 'IDENTIFIED' : 'UNIDENTIFIED', faces: [], named, gallery: '', engine: '', ...OF_NO_FILE }
}

/** hannibal_1.jpg → hannibal, hannibal/1.jpg → hannibal */
function keyOf(imageName: string): string {
  const [folder = '', ...rest] = imageName.split('/')
  if (rest.length > 0) return folder
  const stem = imageName.replace(/\.[^.]*$/, '')
  return stem.replace(/[\s_.-]*\d+$/, '') || stem
}

function readFace({ box, score, quality, identified, nearest, runnerUp, descriptor }: Face__Output): RecognisedFace {
  if (!box || ![box.x, box.y, box.width, box.height, score, quality ?? 1].every(Number.isFinite))
    throw new InvalidResponseError('A face has no box.')
  if (identified && !nearest) throw new InvalidResponseError('A face is identified as nobody.')
  if (descriptor.length !== 0 && descriptor.length !== DESCRIPTOR_BYTES)
    throw new InvalidResponseError('A descriptor is not 512 bytes.')
  return {
    box,
    score,
    quality,
    identified,
    nearest: readMatch(nearest),
    runnerUp: readMatch(runnerUp),
    descriptor: descriptor.length === 0 ? undefined : descriptor,
  }
}

export function readMatch(match: Match__Output | null): Match | undefined {
  if (!match) return undefined
  const { person, imageName, distance } = match
  if (!person || !imageName || !Number.isFinite(distance)) throw new InvalidResponseError('A match is incomplete.')
  return { person, imageName, distance }
}
