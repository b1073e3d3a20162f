import { release } from '../memory.ts'
import { RoughQuery, ZERO } from './rough-rows.ts'
import {
  CHUNK_ROWS,
  type Chunk,
  distanceOf,
  isNearer,
  isThere,
  DESCRIPTOR_LENGTH as LENGTH,
  meanOf,
  openChunk,
  type SharedGallery,
} from './shared-gallery.ts'

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

/**
 * Multiplies each rough row (bytes, 128 stands for 0) with each of the queries, which are columns: number n of query q is at n × queries + q.
 * What comes back is new memory, to be released: left to the garbage collector, megabytes for each picture, it would keep that busy.
 */
export type Compare = (rows: Uint8Array, columns: Int8Array) => Promise<Products>

export interface Products {
  /** Row by row, one for each query. */
  products: Int32Array
  /** Of each row. */
  largest: Int32Array
}

/** Products that are made at once: memory from 128 kB on (M_MMAP_THRESHOLD of glibc) would come from the system each time, page by page. */
const PRODUCTS = 30_000

/** Looks faces up among the known images; one thread's view of a gallery. */
export class KnownFaces {
  readonly #gallery: SharedGallery
  readonly #pieces: readonly Piece[]
  readonly #compare: Compare

  constructor(gallery: SharedGallery, compare: Compare) {
    this.#gallery = gallery
    this.#pieces = gallery.chunks.flatMap((memory, at) => (memory ? [pieceOf(gallery, memory, at * CHUNK_ROWS)] : []))
    this.#compare = compare
  }

  /**
   * The nearest image and the nearest one of another person. A face is identified when the nearest image is within the threshold and, where
   * that person has two or more, their mean distance is too: an eighth of the false matches for 0.4 % of the true ones.
   */
  async find(queries: readonly Float32Array[], threshold: number): Promise<Found[]> {
    if (queries.length === 0) return []
    const search = new Search(this.#gallery, queries)
    const step = Math.floor(PRODUCTS / queries.length)
    for (const piece of this.#pieces) {
      for (let from = 0; from < piece.rows; from += step) {
        const rows = piece.chunk.rough.subarray(from * LENGTH, Math.min(piece.rows, from + step) * LENGTH)
        const products = await this.#compare(rows, search.columns)
        search.scan(products, piece, from)
        for (const used of Object.values(products)) release(used)
      }
    }
    return search.candidates.map((candidate, i) => this.#found(queries[i] as Float32Array, candidate, threshold))
  }

  #found(query: Float32Array, { nearest, runnerUp }: Candidates, threshold: number): Found {
    if (!nearest) return { identified: false }
    const identified = nearest.distance <= threshold && this.#meanDistance(query, nearest.person) <= threshold
    return { identified, nearest: placeOf(nearest), ...(runnerUp && { runnerUp: placeOf(runnerUp) }) }
  }

  /** To all images of the person. */
  #meanDistance(query: Float32Array, person: number): number {
    const { generation } = this.#gallery
    const distances = this.#pieces.flatMap(({ chunk, persons }) =>
      placesOf(person, persons)
        .filter((row) => isThere(chunk, row, generation))
        .map((row) => distanceOf(query, chunk.descriptors, row * LENGTH)),
    )
    return meanOf(distances)
  }
}

/** The rows of a chunk that a gallery has, and the number of the first one. */
interface Piece {
  chunk: Chunk
  first: number
  rows: number
  /** Of these rows. */
  persons: Uint32Array
}

function pieceOf({ count }: SharedGallery, memory: SharedArrayBuffer, first: number): Piece {
  const chunk = openChunk(memory)
  const rows = Math.min(count - first, CHUNK_ROWS)
  return { chunk, first, rows, persons: chunk.persons.subarray(0, rows) }
}

/** Where in the list the person is: 30 µs for 100 000 rows, so no index is needed. */
function placesOf(person: number, persons: Uint32Array): number[] {
  const places: number[] = []
  for (let at = persons.indexOf(person); at >= 0; at = persons.indexOf(person, at + 1)) places.push(at)
  return places
}

/** All queries on their way through the gallery. */
class Search {
  /** Of the queries. */
  readonly columns: Int8Array
  readonly candidates: readonly Candidates[]
  readonly #generation: number
  /** Twice the scale of all queries. */
  readonly #factor: number
  /** What is above the limit of a query is none of its two nearest. */
  readonly #limits: Float64Array
  #largestLimit = Infinity

  constructor(gallery: SharedGallery, queries: readonly Float32Array[]) {
    const scale = Math.max(...queries.map(RoughQuery.scaleOf))
    const rough = queries.map((query) => new RoughQuery(query, scale))
    this.columns = new Int8Array(LENGTH * queries.length)
    for (const [query, { numbers }] of rough.entries())
      for (const [n, number] of numbers.entries()) this.columns[n * queries.length + query] = number
    this.candidates = queries.map((query, i) => new Candidates(gallery, query, rough[i] as RoughQuery))
    this.#generation = gallery.generation
    this.#factor = 2 * scale
    this.#limits = new Float64Array(queries.length).fill(Infinity)
  }

  /**
   * Takes the products of the rows from `from` on. |known|² − 2·known·query, the squared distance less |query|², tells which rows may be
   * near enough; each of those is compared exactly. Nearly all rows are too far from all queries, as their largest product shows.
   */
  scan({ products, largest }: Products, piece: Piece, from: number): void {
    const { scales, squares } = piece.chunk
    const factor = this.#factor
    const queries = this.#limits.length
    for (let at = 0, row = from; at < largest.length; at++, row++) {
      const square = squares[row] as number
      const each = (scales[row] as number) * factor
      const least = square - each * (largest[at] as number)
      if (least > this.#largestLimit || !isThere(piece.chunk, row, this.#generation)) continue
      for (let query = 0; query < queries; query++)
        this.#take(query, square - each * (products[at * queries + query] as number), piece, row)
    }
  }

  #take(query: number, value: number, piece: Piece, row: number): void {
    const limits = this.#limits
    if (value > (limits[query] as number)) return
    limits[query] = (this.candidates[query] as Candidates).take(piece, row, value)
    this.#largestLimit = limits.reduce((one, other) => Math.max(one, other))
  }
}

interface Candidate extends Nearest {
  person: number
  rank: number
}

/** The nearest image of one query so far, and the nearest of another person. */
class Candidates {
  nearest: Candidate | undefined
  runnerUp: Candidate | undefined
  readonly #query: Float32Array
  /** To be added to a squared distance, so that it can be compared with rough values. */
  readonly #margin: number

  constructor(gallery: SharedGallery, query: Float32Array, rough: RoughQuery) {
    this.#query = query
    this.#margin = rough.slack(gallery) - rough.square
  }

  /** Compares with this image; returns the rough value above which one cannot be among the two nearest any more. */
  take({ chunk, first }: Piece, row: number, value: number): number {
    const person = chunk.persons[row] as number
    const isSamePerson = this.nearest?.person === person
    if (!isSamePerson || value <= this.#limit(this.nearest)) {
      const distance = distanceOf(this.#query, chunk.descriptors, row * LENGTH)
      this.#compare({ image: first + row, distance, person, rank: chunk.ranks[row] as number }, isSamePerson)
    }
    return this.#limit(this.runnerUp)
  }

  #compare(found: Candidate, isSamePerson: boolean): void {
    if (!this.nearest || isNearer(found, this.nearest)) {
      if (!isSamePerson) this.runnerUp = this.nearest
      this.nearest = found
    } else if (!isSamePerson && (!this.runnerUp || isNearer(found, this.runnerUp))) this.runnerUp = found
  }

  #limit(nearest: Nearest | undefined): number {
    return nearest ? nearest.distance ** 2 + this.#margin : Infinity
  }
}

function placeOf({ image, distance }: Candidate): Nearest {
  return { image, distance }
}

/** The same in plain JavaScript: ten times slower than the nets' library, for where that is not there. */
export const compareInJavaScript: Compare = async (rows, columns) => {
  const queries = columns.length / LENGTH
  const products = new Int32Array((rows.length / LENGTH) * queries)
  const largest = new Int32Array(rows.length / LENGTH)
  for (const [row] of largest.entries()) {
    const ofRow = products.subarray(row * queries, (row + 1) * queries)
    for (let n = 0; n < LENGTH; n++) {
      const number = (rows[row * LENGTH + n] as number) - ZERO
      for (let query = 0; query < queries; query++)
        ofRow[query] = (ofRow[query] as number) + number * (columns[n * queries + query] as number)
    }
    largest[row] = ofRow.reduce((one, other) => Math.max(one, other))
  }
  return { products, largest }
}
