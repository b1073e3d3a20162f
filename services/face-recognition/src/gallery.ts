import { createHash } from 'node:crypto'
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

/** The known people at one moment; never changes. */
export class Gallery {
  /** SHA-256 (hex) of the engine and of every image's name and content: equal galleries match equally. */
  readonly hash: string
  readonly images: readonly KnownImage[]
  readonly #people = new Map<string, KnownImage[]>()

  constructor(engine: string, images: readonly KnownImage[]) {
    this.images = images.toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const hash = createHash('sha256').update(engine)
    for (const image of this.images) {
      hash.update(`\0${image.name}\0${image.content}`)
      const person = personOf(image.name)
      const own = this.#people.get(person)
      if (own) own.push(image)
      else this.#people.set(person, [image])
    }
    this.hash = hash.digest('hex')
  }

  get people(): number {
    return this.#people.size
  }

  /**
   * The nearest person and the next one. It is the nearest when one image is within the threshold and, for a person of two or more images,
   * their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  match(descriptor: Float32Array, threshold: number): FaceMatch {
    let nearest: Candidate | undefined
    let runnerUp: Candidate | undefined
    for (const [person, images] of this.#people) {
      const candidate = compare(person, images, descriptor)
      if (!nearest || candidate.distance < nearest.distance) {
        runnerUp = nearest
        nearest = candidate
      } else if (!runnerUp || candidate.distance < runnerUp.distance) runnerUp = candidate
    }
    if (!nearest) return { identified: false }
    const identified = nearest.distance <= threshold && nearest.mean <= threshold
    return { identified, nearest: matchOf(nearest), ...(runnerUp && { runnerUp: matchOf(runnerUp) }) }
  }
}

interface Candidate extends Match {
  mean: number
}

function compare(person: string, images: KnownImage[], descriptor: Float32Array): Candidate {
  const candidate = { person, imageName: '', distance: Number.POSITIVE_INFINITY, mean: 0 }
  for (const image of images) {
    const distance = distanceOf(image.descriptor, descriptor)
    candidate.mean += distance / images.length
    if (distance < candidate.distance) {
      candidate.distance = distance
      candidate.imageName = image.name
    }
  }
  return candidate
}

function matchOf({ person, imageName, distance }: Candidate): Match {
  return { person, imageName, distance }
}

/** Euclidean; the same length of both is taken for granted. */
export function distanceOf(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) {
    const difference = (one[i] as number) - (other[i] as number)
    sum += difference * difference
  }
  return Math.sqrt(sum)
}
