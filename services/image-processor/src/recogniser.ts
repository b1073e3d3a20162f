import { CallError, Connection, type ConnectOptions, call, Health, NotServingError, status } from '@livepods/grpc'
import type { RecognisedOutcome } from '@livepods/photo'
import { facerecog, faces } from '@livepods/protos'
import { readName, readRecognition } from './answer.ts'
import type { Claim } from './claim.ts'
import { OF_NO_FILE, type Recognition } from './recognition.ts'

const PING_WITHIN_MS = 1000
/** The service name of the image store in grpc.health.v1 of face-recognition. */
const PICTURES = 'pictures'

/** We cancelled the call: that says nothing of the photo or of the server. */
export class CallCancelledError extends Error {
  override readonly name = 'CallCancelledError'
  readonly code = 'CALL_CANCELLED'
}

/** The server answers, and reports that its image store is away. */
export class ImageStoreAwayError extends Error {
  override readonly name = 'ImageStoreAwayError'
  readonly code = 'IMAGE_STORE_AWAY'

  constructor(options?: ErrorOptions) {
    super('The store of pictures is away.', options)
  }
}

/** The deadline of one call passed while the server answered calls that began later: it is not down. */
export class SingleCallTimeoutError extends Error {
  override readonly name = 'SingleCallTimeoutError'
  readonly code = 'SINGLE_CALL_TIMEOUT'

  constructor(options?: ErrorOptions) {
    super('face-recognition answers, but did not say in time who is on this photo.', options)
  }
}

/** The client of face-recognition: livepods.faces.v1, or kube-cluster-sample's `facerecog` where a server knows only that. */
export class Recogniser implements Disposable {
  readonly #address: string
  readonly #deadlineMs: number
  readonly #token: ConnectOptions['token']
  #server: Server
  /** Calls are numbered; the last of those that the server answered. */
  #calls = 0
  #answered = 0
  /** The last call was refused for its access token. */
  #refused = false

  constructor({ address, deadlineMs, token }: { address: string; deadlineMs: number } & ConnectOptions) {
    this.#address = address
    this.#deadlineMs = deadlineMs
    this.#token = token
    this.#server = serverAt(address, token)
  }

  /**
   * Who is on the photo. What is wrong with the photo is an outcome; rejects with CallError, InvalidResponseError or CallCancelledError.
   */
  async identify({ id, path, requestId, traceparent, settledStamp }: Claim, signal: AbortSignal): Promise<Recognition> {
    const headers = { 'x-request-id': requestId ?? `image-${id}`, traceparent }
    const options = { deadlineMs: this.#deadlineMs, signal, headers }
    const { client, facerecog } = this.#server
    const number = ++this.#calls
    try {
      const request = { path, withDescriptors: true, ...(settledStamp !== undefined && { settledStamp }) }
      const response = await call(client, client.identify, request, options)
      this.#answered = Math.max(this.#answered, number)
      return readRecognition(response)
    } catch (error) {
      if (signal.aborted) throw new CallCancelledError('The call was cancelled.', { cause: error })
      if (!(error instanceof CallError)) throw error
      if (error.code === status.DEADLINE_EXCEEDED && this.#answered > number)
        throw new SingleCallTimeoutError({ cause: error })
      if (isRefusal(error)) this.#refused = true
      if (error.code === status.UNIMPLEMENTED) {
        const { imageName } = await call(facerecog, facerecog.identify, { imagePath: path }, options)
        return readName(imageName)
      }
      const outcome = OUTCOME_OF_CODE.get(error.code)
      if (!outcome) throw error
      return { outcome, faces: [], named: undefined, gallery: '', engine: '', ...OF_NO_FILE, detail: error.details }
    }
  }

  /**
   * Resolves while the server reports that it serves and that its image store is available; the next call uses the same connection. After a
   * failure the next ping opens a new connection: the old one might notice only later that the server is back.
   */
  async ping(): Promise<void> {
    try {
      await ask(this.#server)
      if (this.#refused) await this.#probeAccess()
    } catch (error) {
      if (error instanceof CallError) {
        this.#server.connection[Symbol.dispose]()
        this.#server = serverAt(this.#address, this.#token)
      }
      throw error
    }
  }

  /** Health needs no token: a call without a picture tells whether our token is accepted. */
  async #probeAccess(): Promise<void> {
    const { client } = this.#server
    try {
      await call(client, client.identify, {}, { deadlineMs: PING_WITHIN_MS })
    } catch (error) {
      if (error instanceof CallError && isRefusal(error)) throw error
    }
    this.#refused = false
  }

  [Symbol.dispose](): void {
    this.#server.connection[Symbol.dispose]()
  }
}

type Server = ReturnType<typeof serverAt>

function isRefusal({ code }: CallError): boolean {
  return code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED
}

function serverAt(address: string, token: ConnectOptions['token']) {
  const connection = new Connection(address, { token })
  return {
    connection,
    client: connection.client(faces.FaceRecognitionService),
    facerecog: connection.client(facerecog.Identify),
    facerecogHealth: connection.client(facerecog.HealthCheck),
    health: new Health(connection),
  }
}

async function ask(server: Server): Promise<void> {
  try {
    await server.health.check({ service: PICTURES, deadlineMs: PING_WITHIN_MS })
  } catch (error) {
    const away = error instanceof NotServingError && error.status === 'NOT_SERVING' ? error : undefined
    if (!away && !knowsNoPictures(error)) throw error
    await askAll(server)
    if (away) throw new ImageStoreAwayError({ cause: away })
  }
}

/** The health of the server as a whole: other implementations have no health of an image store. */
async function askAll({ health, facerecogHealth }: Server): Promise<void> {
  const options = { deadlineMs: PING_WITHIN_MS }
  try {
    await health.check(options)
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== status.UNIMPLEMENTED) throw error
    const { ready } = await call(facerecogHealth, facerecogHealth.healthCheck, {}, options)
    if (!ready) throw new Error('The server says that it is not ready.')
  }
}

function knowsNoPictures(error: unknown): boolean {
  if (error instanceof NotServingError) return true
  return error instanceof CallError && (error.code === status.NOT_FOUND || error.code === status.UNIMPLEMENTED)
}

/** face-recognition answers these as outcomes; another implementation may use status codes. */
const OUTCOME_OF_CODE = new Map<status, RecognisedOutcome>([
  [status.INVALID_ARGUMENT, 'REFUSED'],
  [status.OUT_OF_RANGE, 'REFUSED'],
  [status.NOT_FOUND, 'MISSING'],
])

/**
 * Whether the error is a fault of the server, which the breaker counts. RESOURCE_EXHAUSTED is not: the server is alive, its queue is full,
 * and the back-off of each photo helps more than a pause of everything. Nor is ABORTED: one picture takes too long.
 */
export function isServerFault(error: unknown): boolean {
  if (error instanceof CallCancelledError || error instanceof SingleCallTimeoutError) return false
  // Photos of other folders can be recognised.
  if (awayOf(error) === 'folder') return false
  return !(error instanceof CallError && OF_ONE_PHOTO.has(error.code))
}

const OF_ONE_PHOTO = new Set([status.RESOURCE_EXHAUSTED, status.ABORTED])

/** The server was overloaded and did not begin with the photo. */
export function isBusy(error: unknown): boolean {
  return error instanceof CallError && error.code === status.RESOURCE_EXHAUSTED && error.reason === 'busy'
}

/** Which image files are away, if that is the error: the whole store, or one further folder (IMAGE_ROOTS). */
export function awayOf(error: unknown): 'store' | 'folder' | undefined {
  if (error instanceof ImageStoreAwayError) return 'store'
  if (!(error instanceof CallError) || error.code !== status.UNAVAILABLE) return undefined
  if (error.reason === 'store-away') return 'store'
  return error.reason === 'folder-away' ? 'folder' : undefined
}
