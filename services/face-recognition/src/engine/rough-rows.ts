const LENGTH = 128
/** The byte that stands for 0. */
export const ZERO = 128
const LARGEST = 127
/** Of a query: the sum of two products must fit into 16 bits, or older CPUs would cut it off. Source: ONNX Runtime's notes on U8S8. */
const LARGEST_IN_QUERY = 64

/**
 * Descriptors with a byte for each number, in memory that all threads share: enough to tell which few images can be the nearest, at a
 * quarter of what there is to read.
 */
export interface RoughRows {
  /** Number n of row r is about (bytes[128 r + n] − 128) × scales[r]. */
  bytes: Uint8Array
  scales: Float32Array
  /** Squared length of each descriptor itself. */
  squares: Float32Array
  /** Of all rows the most: the length of the difference between rough and exact, and the length of a descriptor. */
  error: number
  length: number
}

/** Room for so many rows. */
export function roughRows(count: number): RoughRows {
  const floats = () => new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT))
  const bytes = new Uint8Array(new SharedArrayBuffer(count * LENGTH))
  return { bytes, scales: floats(), squares: floats(), error: 0, length: 0 }
}

/** Fills in a row. */
export function roughen(rows: RoughRows, row: number, descriptor: Float32Array): void {
  const { numbers, scale, square, error } = roundTo(descriptor, LARGEST)
  for (let n = 0, at = row * LENGTH; n < LENGTH; n++, at++) rows.bytes[at] = (numbers[n] as number) + ZERO
  rows.scales[row] = scale
  rows.squares[row] = square
  rows.error = Math.max(rows.error, error)
  rows.length = Math.max(rows.length, Math.sqrt(square))
}

/** A descriptor that is looked up: number n is about numbers[n] × scale. */
export class RoughQuery {
  readonly numbers: Int8Array
  readonly scale: number
  /** Squared length of the descriptor itself. */
  readonly square: number
  readonly #error: number

  constructor(descriptor: Float32Array) {
    const { numbers, scale, square, error } = roundTo(descriptor, LARGEST_IN_QUERY)
    this.numbers = numbers.slice()
    this.scale = scale
    this.square = square
    this.#error = error
  }

  /**
   * How much a squared distance made of rough products can be off: |x·y − x̂·ŷ| = |(x − x̂)·y + x̂·(y − ŷ)| ≤ |x − x̂| |y| + |x̂| |y − ŷ|, twice,
   * and what single precision loses of the squares and scales.
   */
  slack({ error, length }: RoughRows): number {
    const products = error * Math.sqrt(this.square) + (length + error) * this.#error
    return 2 * products + SINGLE_PRECISION * (1 + length * length + this.square)
  }
}

const SINGLE_PRECISION = 1e-6

/** The whole numbers, from −limit to limit, that a descriptor is rounded to, until the next call; and how exact they are. */
function roundTo(
  descriptor: Float32Array,
  limit: number,
): { numbers: Int8Array; scale: number; square: number; error: number } {
  let [largest, square, error] = [0, 0, 0]
  for (let n = 0; n < LENGTH; n++) {
    const value = descriptor[n] as number
    largest = Math.max(largest, Math.abs(value))
    square += value * value
  }
  const scale = Math.fround(largest / limit) || 1
  for (let n = 0; n < LENGTH; n++) {
    const value = descriptor[n] as number
    const rounded = Math.max(-limit, Math.min(limit, Math.round(value / scale)))
    NUMBERS[n] = rounded
    error += (value - rounded * scale) ** 2
  }
  return { numbers: NUMBERS, scale, square, error: Math.sqrt(error) }
}

const NUMBERS = new Int8Array(LENGTH)
