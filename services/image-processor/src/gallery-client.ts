import { CallFault, type ConnectOptions, call, connect, status } from '@livepods/grpc'
import { type FaceMatch__Output, faces } from '@livepods/protos'
import { readMatch } from './answer.ts'
import type { Match } from './recognition.ts'

/** The known people as the face service has them now. */
export interface Gallery {
  /** SHA-256 (hex). */
  hash: string
  engine: string
}

export interface MatchedFace {
  identified: boolean
  nearest: Match | undefined
  runnerUp: Match | undefined
}

const DEADLINE_MS = 10_000

/** Asks face-recognition about known people: what they are now, and who stored descriptors look like. No picture is looked at. */
export class GalleryClient implements Disposable {
  readonly #client

  constructor(address: string, options: ConnectOptions = {}) {
    this.#client = connect(faces.FaceRecognitionService, address, options)
  }

  /** Undefined while the known people are being loaded, and from a server that has none. Rejects with CallFault. */
  async current(): Promise<Gallery | undefined> {
    try {
      const { ready, engine, gallery } = await call(this.#client, this.#client.getStats, {}, { deadlineMs: 2000 })
      return ready && gallery?.hash ? { hash: gallery.hash, engine } : undefined
    } catch (error) {
      if (error instanceof CallFault && error.code === status.UNIMPLEMENTED) return undefined
      throw error
    }
  }

  /** Who each of these faces is, in their order, and among which people. Rejects with CallFault or BadAnswer. */
  async match(descriptors: Buffer[], engine: string): Promise<{ hash: string; faces: MatchedFace[] }> {
    const request = { descriptors: Buffer.concat(descriptors), engine }
    const { matches, gallery } = await call(this.#client, this.#client.matchDescriptors, request, {
      deadlineMs: DEADLINE_MS,
    })
    return { hash: gallery, faces: matches.map(readFaceMatch) }
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
}

function readFaceMatch({ identified, nearest, runnerUp }: FaceMatch__Output): MatchedFace {
  return { identified, nearest: readMatch(nearest), runnerUp: readMatch(runnerUp) }
}
