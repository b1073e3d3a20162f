/** Numbers in an embedding. */
export const DESCRIPTOR_LENGTH = 128
/** Rows of a chunk: many more than are compared at once. */
export const CHUNK_ROWS = 2 ** 15

/**
 * The known images at one moment, in memory that all threads share: image n is row n % CHUNK_ROWS of chunk n / CHUNK_ROWS. Rows are added
 * behind the last one and never written again, but for `gone`; so a later moment is the same memory with another generation and count.
 */
export interface SharedGallery {
  /** Absent where no image is left. */
  chunks: readonly (SharedArrayBuffer | undefined)[]
  generation: number
  /** Rows that are there, also those that are gone. */
  count: number
  /** Of all rows the most: the length of the difference between rough and exact, and the length of an embedding. */
  error: number
  length: number
}

/** One thread's view of a chunk. */
export interface Chunk {
  memory: SharedArrayBuffer
  /** A row of DESCRIPTOR_LENGTH for each image. */
  descriptors: Float32Array
  /** The same with a byte for each number: number n of row r is about (rough[128 r + n] − 128) × scales[r]. */
  rough: Uint8Array
  scales: Float32Array
  /** Squared length of each embedding itself. */
  squares: Float32Array
  /** The number of each image's person. */
  persons: Uint32Array
  /** Of two images at the same distance the one with the lower number is the nearer: the answer must not depend on the order of changes. */
  ranks: Uint32Array
  /** One more than the first generation without the image; 0 where it is still there. */
  gone: Uint32Array
}

const ROW_BYTES = DESCRIPTOR_LENGTH * (Float32Array.BYTES_PER_ELEMENT + Uint8Array.BYTES_PER_ELEMENT)
const COLUMNS = 5
const CHUNK_BYTES = CHUNK_ROWS * (ROW_BYTES + COLUMNS * Uint32Array.BYTES_PER_ELEMENT)

/** New memory, so much that malloc takes pages of its own for it: what is not written to takes none, and they go back to the system. */
export function chunkMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CHUNK_BYTES)
}

export function openChunk(memory: SharedArrayBuffer): Chunk {
  let at = 0
  const place = (bytes: number) => {
    at += bytes
    return at - bytes
  }
  const numbers = CHUNK_ROWS * DESCRIPTOR_LENGTH
  const column = CHUNK_ROWS * Uint32Array.BYTES_PER_ELEMENT
  return {
    memory,
    descriptors: new Float32Array(memory, place(numbers * Float32Array.BYTES_PER_ELEMENT), numbers),
    rough: new Uint8Array(memory, place(numbers), numbers),
    scales: new Float32Array(memory, place(column), CHUNK_ROWS),
    squares: new Float32Array(memory, place(column), CHUNK_ROWS),
    persons: new Uint32Array(memory, place(column), CHUNK_ROWS),
    ranks: new Uint32Array(memory, place(column), CHUNK_ROWS),
    gone: new Uint32Array(memory, place(column), CHUNK_ROWS),
  }
}

/** The image of that row of the chunk is there at that moment. */
export function isThere({ gone }: Chunk, row: number, generation: number): boolean {
  const since = gone[row] as number
  return since === 0 || since > goneFrom(generation)
}

/** What `gone` says of an image that this generation is the first without. */
export function goneFrom(generation: number): number {
  return generation + 1
}

export function descriptorIn({ descriptors }: Chunk, row: number): Float32Array {
  return descriptors.subarray(row * DESCRIPTOR_LENGTH, (row + 1) * DESCRIPTOR_LENGTH)
}

/** Euclidean, of an embedding and the one that begins at `from`; a view of each row that is looked at would be garbage. */
export function distanceOf(one: Float32Array, other: Float32Array, from = 0): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) {
    const difference = (one[i] as number) - (other[from + i] as number)
    sum += difference * difference
  }
  return Math.sqrt(sum)
}

/** The same whatever the order. */
export function meanOf(distances: number[]): number {
  return (
    Float64Array.from(distances)
      .sort()
      .reduce((sum, distance) => sum + distance, 0) / distances.length
  )
}

/** Says which of two images is the nearer one to a face. */
export function isNearer(one: Ranked, other: Ranked): boolean {
  return one.distance < other.distance || (one.distance === other.distance && one.rank < other.rank)
}

export interface Ranked {
  distance: number
  rank: number
}
