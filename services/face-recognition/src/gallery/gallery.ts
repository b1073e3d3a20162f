import type { Found, Nearest } from './known-faces.ts'
import type { Match, Matched } from './matcher.ts'
import { CHUNK_ROWS, type Chunk, type SharedGallery } from './shared-gallery.ts'

/** A known image that has been described: its largest face counts. */
export interface KnownImage {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** SHA-256 of the file, in hex. */
  content: string
  descriptor: Float32Array
  /** The person's key; what the name gives unless given. */
  person?: string | undefined
}

/** A chunk and what only the main thread knows of it: the name of each image, and the key of the person on it. */
export interface NamedChunk extends Chunk {
  names: string[]
  people: string[]
}

export interface GalleryParts extends Pick<SharedGallery, 'generation' | 'count' | 'error' | 'length'> {
  hash: string
  images: number
  people: number
  chunks: readonly (NamedChunk | undefined)[]
}

/** The known people at one moment; never changes, whatever comes or goes later in the same memory. See GalleryRows. */
export class Gallery {
  /** Of the engine and of every image's name and content (64 hexadecimal digits): equal galleries match equally. */
  readonly hash: string
  /** Counts the changes since the process started. */
  readonly generation: number
  /** Numbers of images and of people. */
  readonly images: number
  readonly people: number
  /** For other threads. */
  readonly shared: SharedGallery
  readonly #chunks: readonly (NamedChunk | undefined)[]

  constructor({ hash, generation, images, people, chunks, count, error, length }: GalleryParts) {
    this.hash = hash
    this.generation = generation
    this.images = images
    this.people = people
    this.#chunks = chunks
    this.shared = { generation, count, error, length, chunks: chunks.map((chunk) => chunk?.memory) }
  }

  /** The image of a row, and the person on it. */
  imageAt(image: number): Pick<Match, 'person' | 'imageName'> {
    const chunk = this.#chunks[Math.floor(image / CHUNK_ROWS)] as NamedChunk
    const row = image % CHUNK_ROWS
    return { person: chunk.people[row] as string, imageName: chunk.names[row] as string }
  }

  /** What was found for each face, with the names of the images and of the people on them. */
  matched(found: readonly Found[]): Matched {
    const matchOf = ({ image, distance }: Nearest): Match => ({ ...this.imageAt(image), distance })
    const faces = found.map(({ identified, nearest, runnerUp }) => ({
      identified,
      ...(nearest && { nearest: matchOf(nearest) }),
      ...(runnerUp && { runnerUp: matchOf(runnerUp) }),
    }))
    return { gallery: this.hash, faces }
  }
}
