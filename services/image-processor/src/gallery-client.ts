import { CallError, type ConnectOptions, call, connect, Replicas, status } from '@livepods/grpc'
import { type FaceMatch__Output, faces, type KnownStore__Output } from '@livepods/protos'
import { readMatch } from './answer.ts'
import type { Match } from './recognition.ts'

/** The known people as the face service has them now. */
export interface Gallery {
  /** SHA-256 (hex). */
  hash: string
  engine: string
  /** Revision of its finder of faces. */
  finder: number
}

export interface MatchedFace {
  identified: boolean
  nearest: Match | undefined
  runnerUp: Match | undefined
}

const DEADLINE_MS = 10_000
const STATS_WITHIN = { deadlineMs: 2000 }

/** Asks face-recognition for its current gallery, and compares stored embeddings with it. No picture is read. */
export class GalleryClient implements Disposable {
  readonly #client
  readonly #replicas

  constructor(address: string, options: ConnectOptions = {}) {
    this.#client = connect(faces.FaceRecognitionService, address, options)
    this.#replicas = new Replicas(faces.FaceRecognitionService, address, options)
  }

  /**
   * Undefined while a replica loads the known people, cannot reach their store or holds vanished images, and from a server without a
   * gallery. Rejects with CallError.
   */
  async current(): Promise<Gallery | undefined> {
    try {
      const { ready, engine, finder, gallery, store } = await call(
        this.#client,
        this.#client.getStats,
        {},
        STATS_WITHIN,
      )
      if (!ready || !gallery?.hash || isDoubtful(store) || (await this.#isDoubtfulAnywhere())) return undefined
      return { hash: gallery.hash, engine, finder }
    } catch (error) {
      if (error instanceof CallError && error.code === status.UNIMPLEMENTED) return undefined
      throw error
    }
  }

  /** Who each of these faces is, in their order, and the hash of the gallery. Rejects with CallError or InvalidResponseError. */
  async match(descriptors: Buffer[], engine: string): Promise<{ hash: string; faces: MatchedFace[] }> {
    const request = { descriptors: Buffer.concat(descriptors), engine }
    const { matches, gallery } = await call(this.#client, this.#client.matchDescriptors, request, {
      deadlineMs: DEADLINE_MS,
    })
    return { hash: gallery, faces: matches.map(readFaceMatch) }
  }

  /** A replica that started after images vanished does not know of them; the others hold them. One that does not answer is ignored. */
  async #isDoubtfulAnywhere(): Promise<boolean> {
    const answers = await this.#replicas.ask((client) => call(client, client.getStats, {}, STATS_WITHIN))
    return answers.some((answer) => answer.status === 'fulfilled' && isDoubtful(answer.value.store))
  }

  [Symbol.dispose](): void {
    this.#client.close()
    this.#replicas[Symbol.dispose]()
  }
}

const DOUBTFUL: readonly string[] = ['KNOWN_STORE_STATE_AWAY', 'KNOWN_STORE_STATE_HELD']

/** The gallery may lack people who are known: nobody must become unknown by it. */
function isDoubtful(store: KnownStore__Output | null): boolean {
  return store !== null && DOUBTFUL.includes(store.state)
}

function readFaceMatch({ identified, nearest, runnerUp }: FaceMatch__Output): MatchedFace {
  return { identified, nearest: readMatch(nearest), runnerUp: readMatch(runnerUp) }
}
