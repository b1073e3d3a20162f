import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@livepods/service'
import type { Uploads } from './uploads.ts'

interface Store {
  agesAfter(
    id: string,
    page: { days: number; limit: number },
  ): Promise<{ id: string; path: string; isOld: boolean; isFinal: boolean }[]>
  deleteFinal(ids: string[]): Promise<number>
}

export interface RetentionOptions {
  images: Store
  uploads: Pick<Uploads, 'remove'>
  days: number
  log: Log
  everyMs?: number
}

/** Photos that are looked at, and deleted, at a time. */
const LOT = 500

/** Deletes what has become too old, once a minute. Several replicas may do it at once. */
export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#ended = this.#repeat(options.everyMs ?? 60_000)
  }

  async #repeat(everyMs: number): Promise<void> {
    const { signal } = this.#stopping
    const { log } = this.#options
    while (!signal.aborted) {
      try {
        const deleted = await deleteExpired(this.#options, signal)
        if (deleted > 0) log.info({ deleted }, 'photos deleted because of their age')
      } catch (error) {
        // The next round finds the same photos.
        log.warn({ err: error }, 'photos that are too old could not be deleted')
      }
      // Rejects when it is disposed: then the loop ends.
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}

/**
 * Deletes the photos in a final state that were accepted more than `days` ago, files of uploads included, and says how many. Walks
 * from the oldest id on and ends at the first young photo, so that a round with nothing to do reads one lot.
 */
export async function deleteExpired(
  { images, uploads, days }: Pick<RetentionOptions, 'images' | 'uploads' | 'days'>,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0
  for (let last = '0'; !signal?.aborted; ) {
    const lot = await images.agesAfter(last, { days, limit: LOT })
    const expired = lot.filter(({ isOld, isFinal }) => isOld && isFinal)
    for (const { path } of expired) await uploads.remove(path)
    if (expired.length > 0) deleted += await images.deleteFinal(expired.map(({ id }) => id))
    last = lot.at(-1)?.id ?? last
    if (lot.length < LOT || lot.some(({ isOld }) => !isOld)) break
  }
  return deleted
}
