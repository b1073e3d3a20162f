import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { type RoughRows, roughen, roughRows } from './engine/rough-rows.ts'
import { personOf } from './known-person.ts'
import type { FaceMatch, Match } from './matcher.ts'

/** Numbers in a descriptor. */
export const DESCRIPTOR_LENGTH = 128

/** A known image that has been described: its largest face counts. */
export interface KnownImage {
  /** Path relative to KNOWN_PEOPLE. */
  name: string
  /** SHA-256 of the file, in hex. */
  content: string
  descriptor: Float32Array
}

interface Parts {
  hash: string
  generation: number
  names: string[]
  people: string[]
  persons: Uint32Array
  descriptors: Float32Array
  rough: RoughRows
}

/** The known people at one moment; never changes. */
export class Gallery {
  /** SHA-256 (hex) of the engine and of every image's name and content: equal galleries match equally. */
  readonly hash: string
  /** Counts the changes since the process started. */
  readonly generation: number
  /** Of the images, in order. */
  readonly names: readonly string[]
  /** The keys of the persons, each once. */
  readonly people: readonly string[]
  /** For each image the index of its person in `people`; in shared memory. */
  readonly persons: Uint32Array
  /** A row of DESCRIPTOR_LENGTH for each image; in shared memory. */
  readonly descriptors: Float32Array
  /** The same with less precision. */
  readonly rough: RoughRows

  static of(engine: string, images: readonly KnownImage[], generation = 0): Gallery {
    const steps = assemble(engine, images.toSorted(byName), { count: images.length, generation })
    for (;;) {
      const step = steps.next()
      if (step.done) return new Gallery(step.value)
    }
  }

  /** The same in slices of a millisecond or two, however many images there are. They come sorted by name (UTF-16), `count` of them. */
  static async build(
    engine: string,
    images: Iterable<KnownImage>,
    options: { count: number; generation: number },
  ): Promise<Gallery> {
    const steps = assemble(engine, images, options)
    for (;;) {
      const step = steps.next()
      if (step.done) return new Gallery(step.value)
      await breathe()
    }
  }

  private constructor({ hash, generation, names, people, persons, descriptors, rough }: Parts) {
    this.hash = hash
    this.generation = generation
    this.names = names
    this.people = people
    this.persons = persons
    this.descriptors = descriptors
    this.rough = rough
  }

  /** The descriptor of the image at that place in `names`. */
  descriptor(image: number): Float32Array {
    return this.descriptors.subarray(image * DESCRIPTOR_LENGTH, (image + 1) * DESCRIPTOR_LENGTH)
  }

  /**
   * The nearest person and the next one. It is the nearest when one image is within the threshold and, for a person of two or more images,
   * their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  match(descriptor: Float32Array, threshold: number): FaceMatch {
    const candidates = this.people.map(
      (person): Candidate => ({ person, distance: Infinity, sum: 0, images: 0, image: 0 }),
    )
    for (const [image, person] of this.persons.entries()) {
      const candidate = candidates[person] as Candidate
      const distance = distanceOf(this.descriptor(image), descriptor)
      candidate.sum += distance
      candidate.images++
      if (distance < candidate.distance) Object.assign(candidate, { distance, image })
    }
    const [nearest, runnerUp] = nearestTwo(candidates)
    if (!nearest) return { identified: false }
    const identified = nearest.distance <= threshold && nearest.sum / nearest.images <= threshold
    return { identified, nearest: this.#match(nearest), ...(runnerUp && { runnerUp: this.#match(runnerUp) }) }
  }

  #match({ person, distance, image }: Candidate): Match {
    return { person, imageName: this.names[image] as string, distance }
  }
}

interface Candidate {
  person: string
  /** Of the nearest image, and its place. */
  distance: number
  image: number
  sum: number
  images: number
}

function nearestTwo(candidates: Candidate[]): Candidate[] {
  let nearest: Candidate | undefined
  let runnerUp: Candidate | undefined
  for (const candidate of candidates) {
    if (!nearest || candidate.distance < nearest.distance) {
      runnerUp = nearest
      nearest = candidate
    } else if (!runnerUp || candidate.distance < runnerUp.distance) runnerUp = candidate
  }
  return [nearest, runnerUp].filter((candidate) => candidate !== undefined)
}

const SLICE = 128

function* assemble(
  engine: string,
  images: Iterable<KnownImage>,
  { count, generation }: { count: number; generation: number },
): Generator<void, Parts> {
  const hash = createHash('sha256').update(engine)
  const places = new Map<string, number>()
  const names: string[] = []
  const persons = new Uint32Array(new SharedArrayBuffer(count * Uint32Array.BYTES_PER_ELEMENT))
  const rowBytes = DESCRIPTOR_LENGTH * Float32Array.BYTES_PER_ELEMENT
  const descriptors = new Float32Array(new SharedArrayBuffer(count * rowBytes))
  const rough = roughRows(count)
  for (const { name, content, descriptor } of images) {
    const image = names.push(name) - 1
    const person = personOf(name)
    const place = places.get(person) ?? places.size
    places.set(person, place)
    persons[image] = place
    descriptors.set(descriptor, image * DESCRIPTOR_LENGTH)
    roughen(rough, image, descriptor)
    hash.update(`\0${name}\0${content}`)
    if (image % SLICE === SLICE - 1) yield
  }
  return { hash: hash.digest('hex'), generation, names, people: [...places.keys()], persons, descriptors, rough }
}

function byName(one: KnownImage, other: KnownImage): number {
  return one.name < other.name ? -1 : 1
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
