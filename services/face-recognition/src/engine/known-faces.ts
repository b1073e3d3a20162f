import { distanceOf } from '../gallery.ts'
import { RoughQuery, type RoughRows, ZERO } from './rough-rows.ts'

/** Descriptors of all known images, row after row, and for each the number of its person: in memory that all threads share. */
export interface SharedGallery {
  descriptors: Float32Array
  rough: RoughRows
  persons: Uint32Array
}

/** The nearest image of a person, by its row. */
export interface Nearest {
  image: number
  distance: number
}

/** What a face looks like; absent where nobody, or nobody else, is known. */
export interface Found {
  identified: boolean
  nearest?: Nearest
  runnerUp?: Nearest
}

/** The product of each rough row (bytes, 128 stands for 0) with each of the queries (128 numbers each), row by row; until the next call. */
export type Compare = (rows: Uint8Array, queries: Int8Array) => Promise<Int32Array>

const LENGTH = 128
/** Products that are made at once: each call costs as much as a thousand rows, and what comes out should still lie in the cache. */
const PRODUCTS = 2 ** 18

/** Looks faces up among the known images; one thread's view of a gallery. */
export class KnownFaces {
  readonly #gallery: SharedGallery
  readonly #compare: Compare
  /** The images of person p are `#byPerson` from `#firsts[p]` to before `#firsts[p + 1]`. */
  readonly #byPerson: Uint32Array
  readonly #firsts: Uint32Array

  constructor(gallery: SharedGallery, compare: Compare) {
    this.#gallery = gallery
    this.#compare = compare
    this.#firsts = firstsOf(gallery)
    this.#byPerson = byPerson(gallery, this.#firsts)
  }

  /**
   * The nearest image and the nearest one of another person. A face is identified when the nearest image is within the threshold and, where
   * that person has two or more, their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  async find(queries: readonly Float32Array[], threshold: number): Promise<Found[]> {
    const { rough, persons } = this.#gallery
    const search = new Search(this.#gallery, queries)
    const step = Math.floor(PRODUCTS / queries.length)
    for (let from = 0; from < persons.length && queries.length > 0; from += step) {
      const to = Math.min(persons.length, from + step)
      search.look(await this.#compare(rough.bytes.subarray(from * LENGTH, to * LENGTH), search.numbers), from)
    }
    return search.candidates.map((candidate, i) => this.#found(queries[i] as Float32Array, candidate, threshold))
  }

  #found(query: Float32Array, { nearest, runnerUp }: Candidates, threshold: number): Found {
    if (!nearest) return { identified: false }
    const identified = nearest.distance <= threshold && this.#meanDistance(query, nearest.image) <= threshold
    return { identified, nearest, ...(runnerUp && { runnerUp }) }
  }

  /** To all images of the person on this one. */
  #meanDistance(query: Float32Array, image: number): number {
    const person = this.#gallery.persons[image] as number
    const [first, end] = [this.#firsts[person] as number, this.#firsts[person + 1] as number]
    let sum = 0
    for (let i = first; i < end; i++) sum += distanceOf(rowOf(this.#gallery, this.#byPerson[i] as number), query)
    return sum / (end - first)
  }
}

/** All queries on their way through the gallery. */
class Search {
  /** Of the queries, 128 after 128. */
  readonly numbers: Int8Array
  readonly candidates: readonly Candidates[]
  readonly #rough: RoughRows
  readonly #factors: Float64Array
  /** What is above the limit of a query is none of its two nearest. */
  readonly #limits: Float64Array

  constructor(gallery: SharedGallery, queries: readonly Float32Array[]) {
    const rough = queries.map((query) => new RoughQuery(query))
    this.numbers = Int8Array.from(rough.flatMap(({ numbers }) => [...numbers]))
    this.candidates = queries.map((query, i) => new Candidates(gallery, query, rough[i] as RoughQuery))
    this.#rough = gallery.rough
    this.#factors = Float64Array.from(rough, ({ scale }) => 2 * scale)
    this.#limits = new Float64Array(queries.length).fill(Infinity)
  }

  /**
   * The products of the rows from `from` on. |known|² − 2·known·query, which is the squared distance but for |query|², says which rows can be
   * near enough; each of those is compared exactly.
   */
  look(products: Int32Array, from: number): void {
    const { scales, squares } = this.#rough
    const [factors, limits] = [this.#factors, this.#limits]
    for (let at = 0, image = from; at < products.length; image++) {
      const square = squares[image] as number
      const scale = scales[image] as number
      for (let query = 0; query < limits.length; query++, at++) {
        const value = square - scale * (factors[query] as number) * (products[at] as number)
        if (value <= (limits[query] as number))
          limits[query] = (this.candidates[query] as Candidates).take(image, value)
      }
    }
  }
}

/** The nearest image of one query so far, and the nearest of another person. */
class Candidates {
  nearest: Nearest | undefined
  runnerUp: Nearest | undefined
  readonly #gallery: SharedGallery
  readonly #query: Float32Array
  /** To be added to a squared distance, so that it can be compared with rough values. */
  readonly #margin: number

  constructor(gallery: SharedGallery, query: Float32Array, rough: RoughQuery) {
    this.#gallery = gallery
    this.#query = query
    this.#margin = rough.slack(gallery.rough) - rough.square
  }

  /** Compares with this image; returns the rough value above which one cannot be among the two nearest any more. */
  take(image: number, value: number): number {
    const { persons } = this.#gallery
    const isSamePerson = this.nearest !== undefined && persons[image] === persons[this.nearest.image]
    if (!isSamePerson || value <= this.#limit(this.nearest)) this.#compare(image, isSamePerson)
    return this.#limit(this.runnerUp)
  }

  #compare(image: number, isSamePerson: boolean): void {
    const found = { image, distance: distanceOf(rowOf(this.#gallery, image), this.#query) }
    if (!this.nearest || found.distance < this.nearest.distance) {
      if (!isSamePerson) this.runnerUp = this.nearest
      this.nearest = found
    } else if (!isSamePerson && (!this.runnerUp || found.distance < this.runnerUp.distance)) this.runnerUp = found
  }

  #limit(nearest: Nearest | undefined): number {
    return nearest ? nearest.distance ** 2 + this.#margin : Infinity
  }
}

function rowOf({ descriptors }: SharedGallery, image: number): Float32Array {
  return descriptors.subarray(image * LENGTH, (image + 1) * LENGTH)
}

function firstsOf({ persons }: SharedGallery): Uint32Array {
  const people = persons.reduce((most, person) => Math.max(most, person + 1), 0)
  const firsts = new Uint32Array(people + 1)
  for (const person of persons) firsts[person + 1] = (firsts[person + 1] as number) + 1
  for (let person = 0; person < people; person++)
    firsts[person + 1] = (firsts[person + 1] as number) + (firsts[person] as number)
  return firsts
}

function byPerson({ persons }: SharedGallery, firsts: Uint32Array): Uint32Array {
  const next = firsts.slice()
  const images = new Uint32Array(persons.length)
  for (const [image, person] of persons.entries()) {
    const place = next[person] as number
    images[place] = image
    next[person] = place + 1
  }
  return images
}

/** The same in plain JavaScript: ten times slower than the nets' library, for where that is not there. */
export const compareInJavaScript: Compare = async (rows, queries) => {
  const count = queries.length / LENGTH
  const products = new Int32Array((rows.length / LENGTH) * count)
  let to = 0
  for (let row = 0; row < rows.length; row += LENGTH)
    for (let query = 0; query < queries.length; query += LENGTH) products[to++] = product(rows, row, queries, query)
  return products
}

function product(rows: Uint8Array, row: number, queries: Int8Array, query: number): number {
  let sum = 0
  for (let i = 0; i < LENGTH; i++) sum = (sum + ((rows[row + i] as number) - ZERO) * (queries[query + i] as number)) | 0
  return sum
}
