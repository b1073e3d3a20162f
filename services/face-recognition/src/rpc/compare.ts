import { type Call, RpcError, status } from '@livepods/grpc'
import type { ComparedPicture, CompareRequest__Output, CompareResponse, Picture__Output } from '@livepods/protos'
import { isFinal, type PictureOptions, readPicture, type Source } from '../engine/picture.ts'
import type { Face, Recogniser } from '../engine/recogniser.ts'
import { distanceOf } from '../gallery/shared-gallery.ts'
import { answerWithinMs } from './answer-within.ts'
import { pictureFault } from './faults.ts'
import { OUTCOMES, sourceOf, thresholdOf } from './identify.ts'

export interface CompareDependencies extends PictureOptions {
  recogniser: Recogniser
  /** Largest distance of two faces of one person, where the request says nothing else. */
  threshold: number
}

/** livepods.faces.v1 Compare: the distances of all faces of two pictures. */
export async function compare(
  { request, signal, deadline, log }: Call<CompareRequest__Output>,
  { recogniser, threshold, ...options }: CompareDependencies,
): Promise<CompareResponse> {
  const sources = [sourceIn(request.one), sourceIn(request.other)]
  const limit = thresholdOf(request.threshold, threshold)
  const recognise = async (source: Source): Promise<Recognised> => {
    try {
      const bytes = await readPicture(source, options)
      const withinMs = answerWithinMs(deadline)
      const { width, height, faces } = await recogniser.describe(bytes, { signal, withinMs, lenient: isFinal(source) })
      const answer = { width, height, faces: faces.map(({ box, score }) => ({ box, score })) }
      return { faces, answer: { ...answer, ...(faces.length === 0 && NO_FACE) } }
    } catch (error) {
      const fault = pictureFault(error)
      log.info(fault, 'picture not analysed')
      return { faces: [], answer: { outcome: OUTCOMES[fault.outcome], detail: fault.detail } }
    }
  }
  const [one, other] = (await Promise.all(sources.map(recognise))) as [Recognised, Recognised]
  const distances = one.faces.flatMap(({ descriptor }) =>
    other.faces.map((face) => distanceOf(descriptor, face.descriptor)),
  )
  const distance = distances.length > 0 ? distances.reduce((least, next) => Math.min(least, next)) : undefined
  return {
    same: distance !== undefined && distance <= limit,
    ...(distance !== undefined && { distance }),
    one: one.answer,
    other: other.answer,
    distances,
    engine: recogniser.engine,
  }
}

interface Recognised {
  faces: Face[]
  answer: ComparedPicture
}

const NO_FACE = { outcome: 'OUTCOME_NO_FACE', detail: 'There is no face on the picture.' } as const

function sourceIn(picture: Picture__Output | null): Source {
  if (!picture) throw new RpcError(status.INVALID_ARGUMENT, 'Give two pictures, one and other.')
  return sourceOf({ ...picture, picture: picture.source })
}
