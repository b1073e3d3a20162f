import { type Call, RpcError, status } from '@livepods/grpc'
import type { MatchDescriptorsRequest__Output, MatchDescriptorsResponse } from '@livepods/protos'
import type { FaceMatch, Matcher } from '../gallery/matcher.ts'
import { DESCRIPTOR_LENGTH } from '../gallery/shared-gallery.ts'
import type { DisplayNames } from '../known/display-names.ts'
import { pictureFault } from './faults.ts'
import { thresholdOf } from './identify.ts'

export interface MatchDescriptorsDependencies {
  matcher: Matcher
  names: DisplayNames
  /** Whose embeddings the known people's are. */
  engine: string
  threshold: number
}

const BYTES = DESCRIPTOR_LENGTH * Float32Array.BYTES_PER_ELEMENT
const MAX_FACES = 4096
/** Faces that are matched at once: enough to share what is read of the known images, few enough for a picture to wait for (20 ms with 100 000). */
const BATCH = 64
/** The known people may change in the middle of a request, and all of an answer is about the same ones. */
const ATTEMPTS = 5

/** livepods.faces.v1 MatchDescriptors: who stored embeddings are, among the people known now. */
export async function matchDescriptors(
  { request, signal }: Call<MatchDescriptorsRequest__Output>,
  { matcher, names, engine, threshold }: MatchDescriptorsDependencies,
): Promise<MatchDescriptorsResponse> {
  const limit = thresholdOf(request.threshold, threshold)
  if (request.engine !== '' && request.engine !== engine)
    throw new RpcError(
      status.FAILED_PRECONDITION,
      `The descriptors are of the engine ${request.engine}, and the known people of ${engine}: describe the pictures again.`,
    )
  const descriptors = descriptorsIn(request.descriptors)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const galleries = new Set<string>()
    const matches: FaceMatch[] = []
    for (let at = 0; at === 0 || (at < descriptors.length && galleries.size === 1); at += BATCH) {
      signal.throwIfAborted()
      const { gallery, faces } = await matcher.match(descriptors.slice(at, at + BATCH), limit).catch(throwBusy)
      galleries.add(gallery)
      matches.push(...faces)
    }
    const [gallery = '', another] = galleries
    if (another === undefined) return { matches: matches.map((match) => withNames(match, names)), gallery, engine }
  }
  throw new RpcError(status.UNAVAILABLE, 'The known people change too quickly; try again soon, or with fewer faces.')
}

function withNames({ identified, nearest, runnerUp }: FaceMatch, names: DisplayNames): FaceMatch {
  return {
    identified,
    ...(nearest && { nearest: names.named(nearest) }),
    ...(runnerUp && { runnerUp: names.named(runnerUp) }),
  }
}

/** A full queue or a lost worker, as their status. */
function throwBusy(error: unknown): never {
  pictureFault(error)
  throw error
}

function descriptorsIn(bytes: Buffer): Float32Array[] {
  const count = bytes.length / BYTES
  if (!Number.isInteger(count) || count > MAX_FACES)
    throw new RpcError(
      status.INVALID_ARGUMENT,
      `descriptors must be at most ${MAX_FACES} times ${BYTES} bytes, not ${bytes.length}.`,
    )
  // Copied for its alignment; every machine that Node runs on is little-endian.
  const numbers = new Float32Array(count * DESCRIPTOR_LENGTH)
  new Uint8Array(numbers.buffer).set(bytes)
  const bad = numbers.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw new RpcError(
      status.INVALID_ARGUMENT,
      `Descriptor ${Math.floor(bad / DESCRIPTOR_LENGTH)} has numbers that are not finite.`,
    )
  const rowAt = (face: number) => numbers.subarray(face * DESCRIPTOR_LENGTH, (face + 1) * DESCRIPTOR_LENGTH)
  return Array.from({ length: count }, (_, face) => rowAt(face))
}
