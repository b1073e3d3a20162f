import { type Chunk, DESCRIPTOR_LENGTH as LENGTH } from './shared-gallery.ts'

/** The byte that stands for 0. */
export const ZERO = 128
const LARGEST = 127
/** Of a query: the sum of two products must fit into 16 bits, or older CPUs would cut it off. Source: ONNX Runtime's notes on U8S8. */
const LARGEST_IN_QUERY = 64

/** What the rows of all images have at most. */
export interface RoughBounds {
  /** The length of the difference between rough and exact. */
  error: number
  /** The length of an embedding. */
  length: number
}

/** Writes the rough row of an embedding, which tells at a quarter of the bytes to read whether it can be near; returns how exact it is. */
export function roughen(
  { rough, scales, squares }: Pick<Chunk, 'rough' | 'scales' | 'squares'>,
  row: number,
  descriptor: Float32Array,
): { error: number; square: number } {
  const { numbers, scale, square, error } = roundTo(descriptor, LARGEST)
  for (let n = 0, at = row * LENGTH; n < LENGTH; n++, at++) rough[at] = (numbers[n] as number) + ZERO
  scales[row] = scale
  squares[row] = square
  return { error, square }
}

/** An embedding that is looked up: number n is about numbers[n] × scale, which those that are looked up together share. */
export class RoughQuery {
  readonly numbers: Int8Array
  /** Squared length of the embedding itself. */
  readonly square: number
  readonly #error: number

  /** The least that a query can have. */
  static scaleOf(descriptor: Float32Array): number {
    return scaleFor(descriptor, LARGEST_IN_QUERY)
  }

  constructor(descriptor: Float32Array, scale: number) {
    const { numbers, square, error } = roundTo(descriptor, LARGEST_IN_QUERY, scale)
    this.numbers = numbers.slice()
    this.square = square
    this.#error = error
  }

  /**
   * How much a squared distance made of rough products can be off: |x·y − x̂·ŷ| = |(x − x̂)·y + x̂·(y − ŷ)| ≤ |x − x̂| |y| + |x̂| |y − ŷ|, twice,
   * and what single precision loses of the squares and scales.
   */
  slack({ error, length }: RoughBounds): number {
    const products = error * Math.sqrt(this.square) + (length + error) * this.#error
    return 2 * products + SINGLE_PRECISION * (1 + length * length + this.square)
  }
}

const SINGLE_PRECISION = 1e-6

/** The whole numbers, from −limit to limit, that an embedding is rounded to, until the next call; and how exact they are. */
function roundTo(
  descriptor: Float32Array,
  limit: number,
  scale = scaleFor(descriptor, limit),
): { numbers: Int8Array; scale: number; square: number; error: number } {
  let [square, error] = [0, 0]
  for (let n = 0; n < LENGTH; n++) {
    const value = descriptor[n] as number
    square += value * value
    const rounded = Math.max(-limit, Math.min(limit, Math.round(value / scale)))
    NUMBERS[n] = rounded
    error += (value - rounded * scale) ** 2
  }
  return { numbers: NUMBERS, scale, square, error: Math.sqrt(error) }
}

function scaleFor(descriptor: Float32Array, limit: number): number {
  let largest = 0
  for (let n = 0; n < LENGTH; n++) largest = Math.max(largest, Math.abs(descriptor[n] as number))
  return Math.fround(largest / limit) || 1
}

const NUMBERS = new Int8Array(LENGTH)
