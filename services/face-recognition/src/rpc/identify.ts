import { type Call, RpcError, status } from '@livepods/grpc'
import { type FileState, ImageUnreadableError } from '@livepods/images'
import type { Face as FaceMessage, IdentifyRequest__Output, IdentifyResponse, Outcome__Output } from '@livepods/protos'
import { FINDER } from '../engine/engine-id.ts'
import type { Identified, Identifier } from '../engine/identifier.ts'
import { isFinal, isUnfinished, type PictureOptions, readFile, type Source } from '../engine/picture.ts'
import type { DisplayNames } from '../known/display-names.ts'
import { answerWithinMs } from './answer-within.ts'
import { type PictureFault, pictureFault } from './faults.ts'

export interface IdentifyDependencies extends PictureOptions {
  identifier: Identifier
  names: DisplayNames
  /** Largest distance at which a face is that person, where the request says nothing else. */
  threshold: number
  /** A file that changed less than so long ago may still be being written. */
  youngMs?: number
}

const YOUNG_MS = 60_000

/** livepods.faces.v1 Identify: whatever is wrong with the picture is an outcome, never an error. */
export async function identify(
  { request, signal, deadline, log }: Call<IdentifyRequest__Output>,
  { identifier, names, threshold, youngMs = YOUNG_MS, ...options }: IdentifyDependencies,
): Promise<IdentifyResponse> {
  const source = sourceOf(request)
  const limit = thresholdOf(request.threshold, threshold)
  let file: FileState | undefined
  try {
    const picture = await readFile(source, options)
    file = picture.file
    const lenient = isFinal(source, { stamp: file?.stamp, settledStamp: request.settledStamp })
    const withinMs = answerWithinMs(deadline)
    const how = { threshold: limit, signal, withinMs, given: true, lenient }
    const identified = await identifier.identify(picture.bytes, how)
    return { ...answer(identified, names, request.withDescriptors), ...(file && { stamp: file.stamp }) }
  } catch (error) {
    const fault = pictureFault(error)
    file ??= error instanceof ImageUnreadableError ? error.file : undefined
    const unfinished = isUnfinished(source, error, { file, youngMs })
    log.info({ ...fault, unfinished }, 'picture not analysed')
    return { outcome: OUTCOMES[fault.outcome], detail: fault.detail, ...(file && { stamp: file.stamp }), unfinished }
  }
}

/** The threshold of a request, or the server's own. Throws RpcError. */
export function thresholdOf(requested: number | undefined, own: number): number {
  const threshold = requested ?? own
  if (threshold > 0 && threshold <= 1) return threshold
  throw new RpcError(status.INVALID_ARGUMENT, 'threshold must be above 0 and at most 1.')
}

export const OUTCOMES: Record<PictureFault['outcome'], Outcome__Output> = {
  refused: 'OUTCOME_REFUSED',
  missing: 'OUTCOME_MISSING',
  unreadable: 'OUTCOME_UNREADABLE',
}

interface PictureFields {
  picture?: 'path' | 'content' | undefined
  path?: string
  content?: Buffer
}

/** The picture of a request. Throws RpcError when there is none. */
export function sourceOf({ picture, path, content }: PictureFields): Source {
  if (picture === 'path' && path) return { path }
  if (picture === 'content' && content?.length) return { content }
  throw new RpcError(status.INVALID_ARGUMENT, 'Give the path or the content of a picture.')
}

function answer(
  { width, height, gallery, engine, faces, truncated, incomplete, moreFaces }: Identified,
  names: DisplayNames,
  withDescriptors: boolean,
): IdentifyResponse {
  return {
    ...outcomeOf(faces),
    width,
    height,
    gallery,
    engine,
    finder: FINDER,
    ...(truncated && { truncated }),
    ...(incomplete && { incomplete }),
    ...(moreFaces && { moreFaces }),
    faces: faces.map(
      ({ box, score, quality, identified, nearest, runnerUp, descriptor }): FaceMessage => ({
        box,
        score,
        quality,
        identified,
        ...(nearest && { nearest: names.named(nearest) }),
        ...(runnerUp && { runnerUp: names.named(runnerUp) }),
        ...(withDescriptors && { descriptor: littleEndian(descriptor) }),
      }),
    ),
  }
}

function outcomeOf(faces: Identified['faces']): { outcome: Outcome__Output; detail?: string } {
  if (faces.length === 0) return { outcome: 'OUTCOME_NO_FACE', detail: 'There is no face on the picture.' }
  return { outcome: faces.some(({ identified }) => identified) ? 'OUTCOME_IDENTIFIED' : 'OUTCOME_UNIDENTIFIED' }
}

function littleEndian(descriptor: Float32Array): Buffer {
  const bytes = Buffer.alloc(descriptor.length * 4)
  for (const [i, value] of descriptor.entries()) bytes.writeFloatLE(value, i * 4)
  return bytes
}
