import { CallError, call, connect, Replicas, type ReplicasOptions, status } from '@livepods/grpc'
import { ProblemError } from '@livepods/http'
import { faces, type KnownImage__Output } from '@livepods/protos'
import type { Box } from '../pictures.ts'
import { type KnownState, worstOf } from './known-state.ts'

/** A known image as the face service has it. */
export interface KnownImage {
  imageName: string
  /** The person's stable key. */
  person: string
  content: string
  faces: number
  /** A sentence when it helps less than it should. */
  warning: string | undefined
}

/** Files among the known people by which nobody is recognised, and why (a sentence); `files` are the first of `total`. */
export interface Skipped {
  files: { name: string; reason: string }[]
  total: number
}

/** The known people as a whole. */
export interface Gallery {
  /** SHA-256 (hex). */
  hash: string
  skipped: Skipped
}

/** The faces of a picture, and whose embeddings they have. */
export interface FoundFaces {
  engine: string
  /** False: the face service could not read the picture. */
  wasRead: boolean
  faces: { box: Box; descriptor: Buffer }[]
}

/** What people are called, where that does not follow from their key. */
export interface DisplayNames {
  /** SHA-256 (hex): differs when a name does. */
  version: string
  people: { person: string; displayName: string }[]
  images: { imageName: string; displayName: string }[]
}

const RETRY = { 'retry-after': '3' }

/** The face service refuses our access token: the operator has to configure another one. */
export class FaceServiceRefusedError extends ProblemError {
  override readonly name = 'FaceServiceRefusedError'
  override readonly code = 'FACE_SERVICE_REFUSED'
  constructor(cause: CallError) {
    const sentence = `The face service refuses the access token of this page’s server, so known people cannot be changed: ${cause.details} Put one with the role manage into its ACCESS_TOKEN_FILE.`
    super(503, sentence, { cause, headers: RETRY })
  }
}

/** The face service does not answer, or not now. */
export class FaceServiceUnavailableError extends ProblemError {
  override readonly name = 'FaceServiceUnavailableError'
  override readonly code = 'FACE_SERVICE_UNAVAILABLE'
  constructor(cause: unknown) {
    const sentence =
      'The face service does not answer, and without it known people cannot be changed. Try again in a few seconds.'
    super(503, sentence, { cause, headers: RETRY })
  }
}

const WITHIN = { deadlineMs: 8000 }
const STATS_WITHIN = { deadlineMs: 2000 }

/** Changes known people through face-recognition, the only one that writes them. Rejects with ProblemError: 503 when it is away. */
export class FaceService implements Disposable {
  readonly #client
  readonly #replicas

  constructor(address: string, options: ReplicasOptions = {}) {
    this.#client = connect(faces.FaceRecognitionService, address, options)
    this.#replicas = new Replicas(faces.FaceRecognitionService, address, options)
  }

  /** The same bytes for the same person are one image. */
  async add(content: Buffer, person: string, name: string): Promise<KnownImage> {
    const { image } = await this.#ask(this.#client.addKnownImage, { content, person, name })
    if (!image) throw new FaceServiceUnavailableError('The answer has no image.')
    return knownImage(image)
  }

  /** With `content` (SHA-256) only when it is that picture. */
  async remove(imageName: string, content = ''): Promise<void> {
    await this.#ask(this.#client.removeKnownImage, { imageName, content })
    await this.#others((client) => call(client, client.removeKnownImage, { imageName, content }, WITHIN))
  }

  /** Undefined when there is no such image. */
  async move(imageName: string, person: string, content = ''): Promise<KnownImage | undefined> {
    try {
      const { image } = await this.#ask(this.#client.moveKnownImage, { imageName, person, content })
      return image ? knownImage(image) : undefined
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return undefined
      throw error
    }
  }

  /** Sets these images aside under the person's key, as far as they are there. */
  async deletePerson(person: string, imageNames: string[]): Promise<void> {
    await this.#ask(this.#client.deleteKnownPerson, { person, imageNames })
    await this.#others((client) => call(client, client.deleteKnownPerson, { person, imageNames }, WITHIN))
  }

  /** Brings back all that was set aside; those that came back by this call. */
  async undeletePerson(person: string): Promise<KnownImage[]> {
    return (await this.#ask(this.#client.undeleteKnownPerson, { person })).images.map(knownImage)
  }

  /** Removes all that was set aside, for good. */
  async purgePerson(person: string): Promise<void> {
    await this.#ask(this.#client.purgeKnownPerson, { person })
  }

  /** All known images, or all of a person. */
  async list(person = ''): Promise<KnownImage[]> {
    return (await this.listing(person)).images
  }

  /** The same, and whether an image that is not among them does not exist: not while its store is away, or lost too many at once. */
  async listing(person = ''): Promise<{ images: KnownImage[]; isWhole: boolean }> {
    const images: KnownImage[] = []
    let isWhole = true
    for (let pageToken = ''; ; ) {
      const page = await this.#ask(this.#client.listKnownImages, { person, pageToken, pageSize: 1000 })
      images.push(...page.images.map(knownImage))
      if (worstOf([page.store])) isWhole = false
      pageToken = page.nextPageToken
      if (pageToken === '') return { images, isWhole }
    }
  }

  /** What is wrong with the place of the known people, for any replica that answers. */
  async state(): Promise<KnownState | undefined> {
    const answers = await this.#replicas.ask((client) => call(client, client.getStats, {}, STATS_WITHIN))
    return worstOf(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.store : null)))
  }

  /** Which names each replica has that takes them and answers; empty: none yet. */
  async nameVersions(): Promise<string[]> {
    const answers = await this.#replicas.ask((client) => call(client, client.getStats, {}, STATS_WITHIN))
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value.namesVersion ?? []) : []))
  }

  /** Says what people are called to every replica that takes names and has others. */
  async setNames(names: DisplayNames): Promise<void> {
    const answers = await this.#replicas.ask(async (client) => {
      const { namesVersion = names.version } = await call(client, client.getStats, {}, STATS_WITHIN)
      if (namesVersion !== names.version) await call(client, client.setDisplayNames, names, WITHIN)
    })
    const [failed] = answers.filter((answer) => answer.status === 'rejected')
    if (failed) throw problemOf(failed.reason)
  }

  /**
   * Says to every replica that the known images that it holds are gone for good. False when none holds any. Rejects with ProblemError 409
   * when it holds others.
   */
  async confirmGone(loss: string): Promise<boolean> {
    const answers = await this.#replicas.ask((client) => call(client, client.confirmKnownImagesGone, { loss }, WITHIN))
    if (answers.some((answer) => answer.status === 'fulfilled' && answer.value.confirmed)) return true
    const [failed] = answers.filter((answer) => answer.status === 'rejected')
    if (failed) throw problemOf(failed.reason)
    return false
  }

  /** How many faces are found on a picture. */
  async count(content: Buffer): Promise<number> {
    return (await this.#ask(this.#client.identify, { content })).faces.length
  }

  /** The faces of a picture: of bytes, or of the photo at a path. */
  async describe(picture: { content: Buffer } | { path: string }): Promise<FoundFaces> {
    const { engine, outcome, faces } = await this.#ask(this.#client.identify, { ...picture, withDescriptors: true })
    return {
      engine,
      wasRead: faces.length > 0 || outcome === 'OUTCOME_NO_FACE',
      faces: faces.flatMap(({ box, descriptor }) => (box ? [{ box, descriptor }] : [])),
    }
  }

  /** The known people, or undefined while they are being loaded, and from a server that has none. */
  async gallery(): Promise<Gallery | undefined> {
    try {
      const { ready, gallery } = await this.#ask(this.#client.getStats, {})
      if (!ready || !gallery) return undefined
      return { hash: gallery.hash, skipped: { files: gallery.skippedFiles, total: gallery.skippedInAll } }
    } catch (error) {
      if (error instanceof ProblemError && error.status === 501) return undefined
      throw error
    }
  }

  /** Tells the other replicas too, which would see images that vanished, and hold them where they were the last ones. */
  async #others(tell: (client: InstanceType<typeof faces.FaceRecognitionService>) => Promise<unknown>): Promise<void> {
    if ((await this.#replicas.count()) > 1) await this.#replicas.ask(tell)
  }

  async #ask<Request, Response>(
    method: Parameters<typeof call<Request, Response>>[1],
    request: Request,
  ): Promise<Response> {
    try {
      return await call(this.#client, method, request, WITHIN)
    } catch (error) {
      throw problemOf(error)
    }
  }

  [Symbol.dispose](): void {
    this.#client.close()
    this.#replicas[Symbol.dispose]()
  }
}

function problemOf(error: unknown): ProblemError {
  if (!(error instanceof CallError)) return new FaceServiceUnavailableError(error)
  if (REFUSALS.includes(error.code)) return new FaceServiceRefusedError(error)
  // The service is there, and what it would change is not.
  if (error.reason === 'known_people_away')
    return new ProblemError(503, error.details, { cause: error, headers: RETRY })
  const problem = STATUS_OF_CODE.get(error.code)
  return problem ? new ProblemError(problem, error.details, { cause: error }) : new FaceServiceUnavailableError(error)
}

const REFUSALS = [status.UNAUTHENTICATED, status.PERMISSION_DENIED]
const STATUS_OF_CODE = new Map<status, number>([
  [status.INVALID_ARGUMENT, 422],
  [status.FAILED_PRECONDITION, 409],
  [status.NOT_FOUND, 404],
  [status.UNIMPLEMENTED, 501],
])

function knownImage({ imageName, person, content, faces, warning, detail }: KnownImage__Output): KnownImage {
  const isWell = warning === 'KNOWN_IMAGE_WARNING_UNSPECIFIED'
  return { imageName, person, content, faces, warning: isWell ? undefined : detail }
}
