import type { FaceMatch, Matcher } from '../gallery/matcher.ts'
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
  /** The caller does not need the bytes any more. */
  given?: boolean
  /** What is missing of the bytes will not come any more. */
  lenient?: boolean
  /** The most milliseconds that the caller waits. */
  withinMs?: number
}

/** Who is on a picture: describes its faces, then looks for them among the known people. */
export class Identifier {
  readonly #recogniser: Recogniser
  readonly #matcher: Matcher

  constructor({ recogniser, matcher }: { recogniser: Recogniser; matcher: Matcher }) {
    this.#recogniser = recogniser
    this.#matcher = matcher
  }

  /** Throws what Recogniser.describe throws. */
  async identify(bytes: Uint8Array, options: IdentifyOptions): Promise<Identified> {
    const { width, height, faces, matched, truncated, incomplete, moreFaces } = await this.#recogniser.describe(
      bytes,
      options,
    )
    const descriptors = faces.map(({ descriptor }) => descriptor)
    const { gallery, faces: matches } = matched ?? (await this.#matcher.match(descriptors, options.threshold))
    return {
      width,
      height,
      engine: this.#recogniser.engine,
      gallery,
      ...(truncated && { truncated }),
      ...(incomplete && { incomplete }),
      ...(moreFaces && { moreFaces }),
      faces: faces.map((face, i) => ({ ...face, ...(matches[i] as FaceMatch) })),
    }
  }
}
