import { DECODE_MAX_BYTES, type DecodeCost } from '@livepods/images'
import type { StartRule } from './job-queue.ts'

/** A job that may begin with decoding a picture. */
interface Decoding {
  cost: DecodeCost | undefined
}

/** Which pictures are decoded beside each other: costly ones share one budget of memory and leave a worker to the others. */
export class DecodeBudget<T extends Decoding> implements StartRule<T> {
  readonly #workers: () => number
  #costly = 0
  #bytes = 0

  /** @param workers how many are there now. */
  constructor(workers: () => number) {
    this.#workers = workers
  }

  /** How many costly pictures may be decoded at once. */
  get lanes(): number {
    return Math.max(1, this.#workers() - 1)
  }

  mayStart({ cost }: T, waiting: readonly T[]): boolean {
    if (!cost?.isCostly) return true
    if (this.#costly > 0 && this.#bytes + cost.bytes > DECODE_MAX_BYTES) return false
    if (this.#costly >= this.lanes) return false
    // A single worker takes cheap pictures first.
    return this.#workers() > 1 || !waiting.some((other) => !other.cost?.isCostly)
  }

  started({ cost }: T): void {
    this.#count(cost, 1)
  }

  ended({ cost }: T): void {
    this.#count(cost, -1)
  }

  #count(cost: DecodeCost | undefined, sign: 1 | -1): void {
    if (!cost?.isCostly) return
    this.#costly += sign
    this.#bytes += sign * cost.bytes
  }
}
