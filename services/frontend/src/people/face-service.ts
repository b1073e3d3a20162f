import { CallFault, type ConnectOptions, call, connect, status } from '@livepods/grpc'
import { Problem } from '@livepods/http'
import { faces, type KnownImage__Output } from '@livepods/protos'
import type { Box } from '../pictures.ts'

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

/** The faces of a picture, and whose descriptors they have. */
export interface FoundFaces {
  engine: string
  /** False: the face service could not read the picture. */
  wasRead: boolean
  faces: { box: Box; descriptor: Buffer }[]
}

const RETRY = { 'retry-after': '3' }

/** The face service refuses our access token; whoever runs this has to give us another one. */
export class FaceServiceRefuses extends Problem {
  constructor(cause: CallFault) {
    const sentence = `The face service refuses the access token of this page’s server, so known people cannot be changed: ${cause.details} Put one with the role manage into its ACCESS_TOKEN_FILE.`
    super(503, sentence, { cause, headers: RETRY })
    this.name = 'FaceServiceRefuses'
  }
}

/** The face service does not answer, or not now. */
export class FaceServiceAway extends Problem {
  constructor(cause: unknown) {
    const sentence =
      'The face service does not answer, and without it known people cannot be changed. Try again in a few seconds.'
    super(503, sentence, { cause, headers: RETRY })
    this.name = 'FaceServiceAway'
  }
}

const DEADLINE_MS = 8000

/** Changes known people through face-recognition, the only one that writes them. Rejects with Problem: 503 when it is away. */
export class FaceService implements Disposable {
  readonly #client

  constructor(address: string, options: ConnectOptions = {}) {
    this.#client = connect(faces.FaceRecognitionService, address, options)
  }

  /** The same bytes for the same person are one image. */
  async add(content: Buffer, person: string, name: string): Promise<KnownImage> {
    const { image } = await this.#ask(this.#client.addKnownImage, { content, person, name })
    if (!image) throw new FaceServiceAway('The answer has no image.')
    return knownImage(image)
  }

  /** With `content` (SHA-256) only when it is that picture. */
  async remove(imageName: string, content = ''): Promise<void> {
    await this.#ask(this.#client.removeKnownImage, { imageName, content })
  }

  /** Undefined when there is no such image. */
  async move(imageName: string, person: string, content = ''): Promise<KnownImage | undefined> {
    try {
      const { image } = await this.#ask(this.#client.moveKnownImage, { imageName, person, content })
      return image ? knownImage(image) : undefined
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return undefined
      throw error
    }
  }

  /** Sets these images aside under the person's key, as far as they are there. */
  async deletePerson(person: string, imageNames: string[]): Promise<void> {
    await this.#ask(this.#client.deleteKnownPerson, { person, imageNames })
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
    const all: KnownImage[] = []
    for (let pageToken = ''; ; ) {
      const page = await this.#ask(this.#client.listKnownImages, { person, pageToken, pageSize: 1000 })
      all.push(...page.images.map(knownImage))
      pageToken = page.nextPageToken
      if (pageToken === '') return all
    }
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

  /** The hash of the known people, or undefined while they are being loaded, and from a server that has none. */
  async gallery(): Promise<string | undefined> {
    try {
      const { ready, gallery } = await this.#ask(this.#client.getStats, {})
      return ready ? gallery?.hash : undefined
    } catch (error) {
      if (error instanceof Problem && error.status === 501) return undefined
      throw error
    }
  }

  async #ask<Request, Response>(
    method: Parameters<typeof call<Request, Response>>[1],
    request: Request,
  ): Promise<Response> {
    try {
      return await call(this.#client, method, request, { deadlineMs: DEADLINE_MS })
    } catch (error) {
      if (!(error instanceof CallFault)) throw new FaceServiceAway(error)
      if (REFUSALS.includes(error.code)) throw new FaceServiceRefuses(error)
      const problem = STATUS_OF_CODE.get(error.code)
      throw problem ? new Problem(problem, error.details, { cause: error }) : new FaceServiceAway(error)
    }
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
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
