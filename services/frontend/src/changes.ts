import type { Photo } from '@livepods/photo-api'
import type { Change } from './photo-store.ts'

interface Store {
  now(): Promise<Date>
  throwChangedSince(from: Date, limit: number): Promise<Change[]>
  photos(ids: string[]): Promise<Photo[]>
}

/** With more changes than this in one poll the pages reload. */
const MOST = 200

/** Polls the table of photos for changes: one query for all open pages. */
export class Changes {
  readonly #store: Store
  #newest: number | undefined
  #floor = 0
  /** Changes that were reported, and that the overlap of the polls finds again. */
  #told = new Map<string, string>()
  #settledAt: number | undefined

  readonly #overlapMs: number

  /** @param overlapMs a transaction may commit that much later than another that took its time after it. */
  constructor(store: Store, { overlapMs = 2000 } = {}) {
    this.#store = store
    this.#overlapMs = overlapMs
  }

  /** The photos that changed since the last call, or 'many' when they are too many to tell; the first call begins two seconds ago. */
  async next(): Promise<Photo[] | 'many'> {
    this.#newest ??= (await this.#store.now()).getTime()
    const from = Math.max(this.#newest - this.#overlapMs, this.#floor)
    const changes = await this.#store.throwChangedSince(new Date(from), MOST + 1)
    if (changes.length > MOST) return await this.#leap()

    const fresh = changes.filter(({ id, version }) => this.#told.get(id) !== version)
    const photos = await this.#store.photos(fresh.map(({ id }) => id))
    this.#newest = Math.max(this.#newest, changes.at(-1)?.at.getTime() ?? 0)
    this.#told = new Map(changes.map(({ id, version }) => [id, version]))
    if (this.#settledAt !== undefined && performance.now() > this.#settledAt) {
      this.#settledAt = undefined
      return 'many'
    }
    return photos
  }

  /** Nobody listens any more: the next call begins anew. */
  forget(): void {
    this.#newest = undefined
    this.#settledAt = undefined
    this.#floor = 0
    this.#told.clear()
  }

  /** Goes on from now; what commits late before now is told by saying 'many' once more. */
  async #leap(): Promise<'many'> {
    this.#newest = this.#floor = (await this.#store.now()).getTime()
    this.#settledAt = performance.now() + this.#overlapMs
    this.#told.clear()
    return 'many'
  }
}
