import { CallFault, call, connect, Health, status } from '@livepods/grpc'
import { facerecog, faces } from '@livepods/protos'
import { readName, readRecognition } from './answer.ts'
import type { Claim } from './claim.ts'
import type { Outcome } from './outcome.ts'
import type { Recognition } from './recognition.ts'

const PING_WITHIN_MS = 1000

/** We gave the call up: nothing is said of the photo or of the server. */
export class CallCancelled extends Error {
  override readonly name = 'CallCancelled'
}

/** The client of face-recognition: livepods.faces.v1, or the original's `facerecog` where a server knows only that. */
export class Recogniser implements Disposable {
  readonly #client
  readonly #original
  readonly #originalHealth
  readonly #health: Health
  readonly #deadlineMs: number

  constructor({ address, deadlineMs }: { address: string; deadlineMs: number }) {
    this.#client = connect(faces.FaceRecognitionService, address)
    this.#original = connect(facerecog.Identify, address)
    this.#originalHealth = connect(facerecog.HealthCheck, address)
    this.#health = new Health(address)
    this.#deadlineMs = deadlineMs
  }

  /** Who is on the photo. What is wrong with the photo is an outcome; rejects with CallFault, BadAnswer or CallCancelled. */
  async identify({ id, path, requestId, traceparent }: Claim, signal: AbortSignal): Promise<Recognition> {
    const headers = { 'x-request-id': requestId ?? `image-${id}`, traceparent }
    const options = { deadlineMs: this.#deadlineMs, signal, headers }
    try {
      const request = { path, withDescriptors: true }
      return readRecognition(await call(this.#client, this.#client.identify, request, options))
    } catch (error) {
      if (signal.aborted) throw new CallCancelled('The call was given up.', { cause: error })
      if (!(error instanceof CallFault)) throw error
      if (error.code === status.UNIMPLEMENTED) {
        const { imageName } = await call(this.#original, this.#original.identify, { imagePath: path }, options)
        return readName(imageName)
      }
      const outcome = OUTCOME_OF_CODE.get(error.code)
      if (!outcome) throw error
      return { outcome, faces: [], named: undefined, gallery: '', engine: '' }
    }
  }

  /** Resolves while the server says that it serves. */
  async ping(): Promise<void> {
    try {
      await this.#health.check({ deadlineMs: PING_WITHIN_MS })
    } catch (error) {
      if (!(error instanceof CallFault) || error.code !== status.UNIMPLEMENTED) throw error
      const options = { deadlineMs: PING_WITHIN_MS }
      const { ready } = await call(this.#originalHealth, this.#originalHealth.healthCheck, {}, options)
      if (!ready) throw new Error('The server says that it is not ready.')
    }
  }

  [Symbol.dispose](): void {
    for (const client of [this.#client, this.#original, this.#originalHealth]) client.close()
    this.#health[Symbol.dispose]()
  }
}

/** Our face service answers these as outcomes; another one may say them as codes. */
const OUTCOME_OF_CODE = new Map<status, Outcome>([
  [status.INVALID_ARGUMENT, 'REFUSED'],
  [status.OUT_OF_RANGE, 'REFUSED'],
  [status.NOT_FOUND, 'MISSING'],
])

/**
 * Whether an error speaks of the server. RESOURCE_EXHAUSTED does not: a server that says that its queue is full is alive, and pausing
 * everything would help it less than the back-off that each photo gets anyway.
 */
export function isServerFault(error: unknown): boolean {
  if (error instanceof CallCancelled) return false
  return !(error instanceof CallFault && error.code === status.RESOURCE_EXHAUSTED)
}
