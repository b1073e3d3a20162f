import type { Call } from '@livepods/grpc'
import type { Identified } from '../engine/identifier.ts'
import { isFinal, readPicture } from '../engine/picture.ts'
import { answerWithinMs } from './answer-within.ts'
import { pictureFault } from './faults.ts'
import type { IdentifyDependencies } from './identify.ts'

/** What kube-cluster-sample answers, and its clients compare with, when nobody is recognised. */
export const NOT_FOUND = 'not_found'

interface Answer {
  imageName: string
}

/**
 * facerecog.Identify: the known image that the picture's nearest identified face looks like, as `person_images` has it: with its folder,
 * since a client that looks there for the base name alone would find nobody. Anything wrong with the picture is `not_found`, since an error
 * would open the client's circuit breaker; the trailing metadata `reason` says what it was.
 */
export async function facerecogIdentify(
  { request, signal, deadline, log, trailer }: Call<{ imagePath: string }>,
  { identifier, threshold, ...options }: IdentifyDependencies,
): Promise<Answer> {
  const notFound = (reason: string, detail?: string): Answer => {
    trailer.set('reason', reason)
    log.info({ reason, detail }, 'nobody identified')
    return { imageName: NOT_FOUND }
  }
  try {
    const source = { path: request.imagePath }
    const bytes = await readPicture(source, options)
    const how = { threshold, signal, withinMs: answerWithinMs(deadline), given: true, lenient: isFinal(source) }
    const { faces } = await identifier.identify(bytes, how)
    const imageName = nearestIdentified(faces)
    if (imageName !== undefined) return { imageName }
    return notFound(faces.length === 0 ? 'no_face' : 'unidentified')
  } catch (error) {
    const { outcome, detail } = pictureFault(error)
    return notFound(outcome, detail)
  }
}

function nearestIdentified(faces: Identified['faces']): string | undefined {
  const matches = faces.flatMap(({ identified, nearest }) => (identified && nearest ? [nearest] : []))
  return matches.sort((one, other) => one.distance - other.distance)[0]?.imageName
}
