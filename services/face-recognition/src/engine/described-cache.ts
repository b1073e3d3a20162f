import { hash } from 'node:crypto'
import { counter, gauge } from '@livepods/service'
import { LRUCache } from 'lru-cache'
import type { Described, DescribeOptions, Recogniser } from './recogniser.ts'

export interface CacheReport {
  entries: number
  bytes: number
  hits: number
  misses: number
}

/** What an entry takes beside its embeddings: key, boxes, objects. */
const ENTRY_BYTES = 256
const FACE_BYTES = 1024

const lookups = counter({
  name: 'face_results_total',
  help: 'Pictures by whether their description was remembered, or being made for somebody else.',
  labels: ['outcome'],
  values: ['hit', 'miss'],
})
const size = gauge({ name: 'face_results_bytes', help: 'Memory of remembered descriptions, about.' })

/**
 * A recogniser that remembers what it described last, by the SHA-256 of the bytes: a retry, or another gallery, needs no inference. Equal
 * pictures that come at once are described once.
 */
export class DescribedCache implements Recogniser {
  readonly #recogniser: Recogniser
  readonly #results: LRUCache<string, Described>
  #hits = 0
  #misses = 0

  constructor({ recogniser, maxBytes }: { recogniser: Recogniser; maxBytes: number }) {
    this.#recogniser = recogniser
    // The library refuses 0; one byte holds no entry either.
    this.#results = new LRUCache({ maxSize: Math.max(1, Math.floor(maxBytes)), sizeCalculation: bytesOf })
  }

  get engine(): string {
    return this.#recogniser.engine
  }

  report(): CacheReport {
    const { size: entries, calculatedSize: bytes } = this.#results
    return { entries, bytes, hits: this.#hits, misses: this.#misses }
  }

  async describe(bytes: Uint8Array, options: DescribeOptions = {}): Promise<Described> {
    options.signal?.throwIfAborted()
    const key = hash('sha256', bytes)
    const known = this.#results.get(key)
    // Callers that are not lenient get ImageUnreadableError for a truncated picture.
    if (known && (!known.truncated || options.lenient)) {
      this.#count('hit')
      return known
    }
    // Matches are not kept: the known people change.
    const keep = ({ matched: _, ...described }: Described) => this.#keep(key, described)
    let isJoined = false
    const asked = {
      ...options,
      key: `${key} ${options.lenient ?? false} ${options.threshold}`,
      joined: () => {
        isJoined = true
      },
      // Who gave up asks again, and finds it done.
      late: keep,
    }
    try {
      const described = await this.#recogniser.describe(bytes, asked)
      keep(described)
      return described
    } finally {
      this.#count(isJoined ? 'hit' : 'miss')
    }
  }

  /** Forgets a picture, by its SHA-256 in hex: somebody removed it. */
  forget(content: string): void {
    this.#results.delete(content)
    size.set(this.#results.calculatedSize)
  }

  #keep(key: string, described: Described): void {
    this.#results.set(key, described)
    size.set(this.#results.calculatedSize)
  }

  #count(outcome: 'hit' | 'miss'): void {
    if (outcome === 'hit') this.#hits++
    else this.#misses++
    lookups.inc({ outcome })
  }
}

function bytesOf({ faces }: Described): number {
  return ENTRY_BYTES + faces.length * FACE_BYTES
}
