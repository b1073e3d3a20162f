import { distanceOf } from '../gallery.ts'

/** Descriptors of all known images, row after row, and for each the number of its person: in memory that all threads share. */
export interface SharedGallery {
  descriptors: Float32Array
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

/** Scalar products of each row of `known` with each of the queries (the columns), row by row. */
export type Products = (known: Float32Array, queries: readonly Float32Array[]) => Promise<Float32Array>

const LENGTH = 128
/** Rows that are multiplied at once: their products still lie in the cache when they are looked through. */
const SLICE = 4096

/** Looks faces up among the known images; one thread's view of a gallery. */
export class KnownFaces {
  readonly #gallery: SharedGallery
  readonly #products: Products
  /** Squared length of each known descriptor. */
  readonly #squares: Float32Array

  constructor(gallery: SharedGallery, products: Products) {
    this.#gallery = gallery
    this.#products = products
    this.#squares = squaresOf(gallery)
  }

  /**
   * The nearest image and the nearest one of another person. A face is identified when the nearest image is within the threshold and, where
   * that person has two or more, their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  async find(queries: readonly Float32Array[], threshold: number): Promise<Found[]> {
    const candidates = queries.map(() => new Candidates())
    const { descriptors, persons } = this.#gallery
    for (let from = 0; from < persons.length && queries.length > 0; from += SLICE) {
      const to = Math.min(persons.length, from + SLICE)
      const products = await this.#products(descriptors.subarray(from * LENGTH, to * LENGTH), queries)
      for (const [query, candidate] of candidates.entries())
        candidate.look(products, query, queries.length, from, this.#squares, persons)
    }
    return queries.map((query, i) => this.#found(query, candidates[i] as Candidates, threshold))
  }

  #found(query: Float32Array, { best, second }: Candidates, threshold: number): Found {
    if (best < 0) return { identified: false }
    // Products are exact enough to find the nearest, but not for the distance of a face to itself.
    const nearest = { image: best, distance: distanceOf(this.#row(best), query) }
    const identified = nearest.distance <= threshold && this.#meanDistance(query, best) <= threshold
    if (second < 0) return { identified, nearest }
    return { identified, nearest, runnerUp: { image: second, distance: distanceOf(this.#row(second), query) } }
  }

  /** To all images of the person on this one. */
  #meanDistance(query: Float32Array, image: number): number {
    const { persons } = this.#gallery
    const person = persons[image]
    let [sum, count] = [0, 0]
    for (
      let other = persons.indexOf(person as number);
      other >= 0;
      other = persons.indexOf(person as number, other + 1)
    ) {
      sum += distanceOf(this.#row(other), query)
      count++
    }
    return sum / count
  }

  #row(image: number): Float32Array {
    return this.#gallery.descriptors.subarray(image * LENGTH, (image + 1) * LENGTH)
  }
}

/** The best image so far and the best of another person, −1 where there is none. */
class Candidates {
  best = -1
  second = -1
  #bestValue = Infinity
  #secondValue = Infinity

  /** Compares by |known|² − 2·known·query: the squared distance, without |query|², which is the same for all. */
  look(
    products: Float32Array,
    query: number,
    queries: number,
    first: number,
    squares: Float32Array,
    persons: Uint32Array,
  ): void {
    const images = products.length / queries
    let at = query
    let limit = this.#secondValue
    for (let i = 0; i < images; i++, at += queries) {
      const image = first + i
      const value = (squares[image] as number) - 2 * (products[at] as number)
      if (value < limit) {
        this.#take(image, value, persons)
        limit = this.#secondValue
      }
    }
  }

  #take(image: number, value: number, persons: Uint32Array): void {
    const isSamePerson = this.best >= 0 && persons[image] === persons[this.best]
    if (value < this.#bestValue) {
      if (!isSamePerson) [this.second, this.#secondValue] = [this.best, this.#bestValue]
      ;[this.best, this.#bestValue] = [image, value]
    } else if (!isSamePerson) [this.second, this.#secondValue] = [image, value]
  }
}

function squaresOf({ descriptors, persons }: SharedGallery): Float32Array {
  const squares = new Float32Array(persons.length)
  let at = 0
  for (let image = 0; image < squares.length; image++) {
    let sum = 0
    for (const end = at + LENGTH; at < end; at++) sum += (descriptors[at] as number) ** 2
    squares[image] = sum
  }
  return squares
}

/** The products in plain JavaScript: ten times slower than the nets' library, for where that is not there. */
export const plainProducts: Products = async (known, queries) => {
  const products = new Float32Array((known.length / LENGTH) * queries.length)
  let to = 0
  for (let row = 0; row < known.length; row += LENGTH) {
    for (const query of queries) {
      let [even, odd] = [0, 0]
      for (let i = 0; i < LENGTH; i += 2) {
        even += (known[row + i] as number) * (query[i] as number)
        odd += (known[row + i + 1] as number) * (query[i + 1] as number)
      }
      products[to++] = even + odd
    }
  }
  return products
}
