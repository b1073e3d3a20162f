import { histogram } from '@livepods/service'
import type { FaceMatch, Matcher } from './matcher.ts'
import type { Described, Face, Recogniser } from './recogniser.ts'

export interface Identified extends Described {
  engine: string
  gallery: string
  faces: (Face & FaceMatch)[]
}

export interface IdentifyOptions {
  /** Largest distance at which a face is that person. */
  threshold: number
  signal: AbortSignal
}

const seconds = histogram({
  name: 'face_match_duration_seconds',
  help: 'Time to compare all faces of one picture with the known people.',
})

/** Who is on a picture: describes its faces, then looks for them among the known people. */
export class Identifier {
  readonly #recogniser: Recogniser
  readonly #matcher: Matcher

  constructor({ recogniser, matcher }: { recogniser: Recogniser; matcher: Matcher }) {
    this.#recogniser = recogniser
    this.#matcher = matcher
  }

  /** Throws what Recogniser.describe throws. */
  async identify(bytes: Uint8Array, { threshold, signal }: IdentifyOptions): Promise<Identified> {
    const { width, height, faces } = await this.#recogniser.describe(bytes, { signal })
    const stopTimer = seconds.startTimer()
    const descriptors = faces.map(({ descriptor }) => descriptor)
    const { gallery, faces: matches } = await this.#matcher.match(descriptors, threshold)
    stopTimer()
    return {
      width,
      height,
      engine: this.#recogniser.engine,
      gallery,
      faces: faces.map((face, i) => ({ ...face, ...(matches[i] as FaceMatch) })),
    }
  }
}
