import {
  CHUNK_ROWS,
  type Chunk,
  descriptorIn,
  distanceOf,
  isNearer,
  isThere,
  meanOf,
  type SharedGallery,
} from './engine/shared-gallery.ts'
import { personOf } from './known-person.ts'
import type { FaceMatch, Match } from './matcher.ts'

/** A known image that has been described: its largest face counts. */
export interface KnownImage {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** SHA-256 of the file, in hex. */
  content: string
  descriptor: Float32Array
}

/** A chunk and what only the main thread knows of it: the name of each image. */
export interface NamedChunk extends Chunk {
  names: string[]
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

  /** All images in the order of their names; for few. */
  list(): Pick<KnownImage, 'name' | 'descriptor'>[] {
    return [...this.#rows()]
      .map(({ chunk, row }) => ({ name: chunk.names[row] as string, descriptor: descriptorIn(chunk, row) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** The image of a row, and the person on it. */
  imageAt(image: number): Pick<Match, 'person' | 'imageName'> {
    const imageName = this.#chunks[Math.floor(image / CHUNK_ROWS)]?.names[image % CHUNK_ROWS] as string
    return { person: personOf(imageName), imageName }
  }

  /**
   * The nearest person and the next one. It is the nearest when one image is within the threshold and, for a person of two or more images,
   * their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  match(descriptor: Float32Array, threshold: number): FaceMatch {
    const people = new Map<number, Candidate>()
    for (const { chunk, row, image } of this.#rows()) {
      const person = chunk.persons[row] as number
      const next = {
        image,
        distance: distanceOf(descriptorIn(chunk, row), descriptor),
        rank: chunk.ranks[row] as number,
      }
      const candidate = people.get(person)
      const distances = [...(candidate?.distances ?? []), next.distance]
      people.set(person, { ...(candidate && !isNearer(next, candidate) ? candidate : next), distances })
    }
    const [nearest, runnerUp] = [...people.values()].sort((one, other) => (isNearer(one, other) ? -1 : 1))
    if (!nearest) return { identified: false }
    const identified = nearest.distance <= threshold && meanOf(nearest.distances) <= threshold
    return { identified, nearest: this.#match(nearest), ...(runnerUp && { runnerUp: this.#match(runnerUp) }) }
  }

  #match({ image, distance }: Candidate): Match {
    return { ...this.imageAt(image), distance }
  }

  *#rows(): Generator<{ chunk: NamedChunk; row: number; image: number }> {
    for (let image = 0; image < this.shared.count; image++) {
      const chunk = this.#chunks[Math.floor(image / CHUNK_ROWS)]
      const row = image % CHUNK_ROWS
      if (chunk && isThere(chunk, row, this.generation)) yield { chunk, row, image }
    }
  }
}

/** A person by the nearest image of theirs. */
interface Candidate {
  image: number
  distance: number
  rank: number
  /** Of all images of the person. */
  distances: number[]
}
