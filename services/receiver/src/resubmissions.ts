import { type ImageFileStore, isUpload } from '@livepods/images'
import { RETRIABLE_OUTCOMES } from '@livepods/photo'
import { counter } from '@livepods/service'
import { Batcher } from './batcher.ts'
import { STAMPS_WITHIN_MS } from './limits.ts'
import type { Failure } from './submission-store.ts'

export interface Failed extends Failure {
  id: string
  path: string
}

export interface ResubmissionsOptions {
  store: { makeDue(ids: string[], key?: string): Promise<string[]> }
  imageFiles: Pick<ImageFileStore, 'stamp'>
  /** Milliseconds that reading stamps may take for one request. */
  withinMs?: number
}

/** Batches of stamps. Two files at a time: on a folder that hangs each read keeps one of Node's four threads. */
const STAMPS = { size: 50, maxWaiting: 5000, atOnce: 2 }

const dueAgain = counter({
  name: 'resubmissions_total',
  help: 'Photos that had failed and are due again because they were sent in again.',
})

/** Photos that failed and are sent in again: makes those due that may succeed now. */
export class Resubmissions {
  readonly #store: ResubmissionsOptions['store']
  readonly #withinMs: number
  readonly #stamps: Batcher<string, string | undefined>

  constructor({ store, imageFiles, withinMs = STAMPS_WITHIN_MS }: ResubmissionsOptions) {
    this.#store = store
    this.#withinMs = withinMs
    this.#stamps = new Batcher((paths) => stampsOf(paths, imageFiles), STAMPS)
  }

  /** Aborts when a request that begins now must not wait for stamps any longer. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.#withinMs)
  }

  /**
   * Makes photos due again, and returns their ids. When the store does not give the stamp of a file before `deadline`, its photo stays
   * failed, and nothing rejects.
   */
  async makeDue(
    photos: Failed[],
    { key, deadline = this.deadline() }: { key?: string | undefined; deadline?: AbortSignal | undefined } = {},
  ): Promise<Set<string>> {
    const worthIt = await Promise.all(photos.map((photo) => this.#isWorthIt(photo, deadline)))
    const ids = [...new Set(photos.filter((_, index) => worthIt[index]).map(({ id }) => id))]
    const due = ids.length > 0 ? await this.#store.makeDue(ids, key) : []
    dueAgain.inc(due.length)
    return new Set(due)
  }

  async #isWorthIt({ path, outcome, stamp }: Failed, deadline: AbortSignal): Promise<boolean> {
    if (RETRIABLE_OUTCOMES.some((retriable) => retriable === outcome)) return true
    // An upload is named by the SHA-256 of its bytes: the same name is the same file.
    if (isUpload(path)) return false
    const now = await Promise.race([this.#stamps.add(path).catch(() => undefined), aborted(deadline)])
    if (now === undefined) return false
    // No stamp: the server that read it gives none, or refused the path without opening it. NO_FACE would be the same again.
    return stamp === null ? outcome !== 'NO_FACE' : stamp !== now
  }
}

/** Undefined for a file that is missing or cannot be read. */
async function stampsOf(paths: string[], imageFiles: Pick<ImageFileStore, 'stamp'>): Promise<(string | undefined)[]> {
  const stamps: (string | undefined)[] = []
  const left = paths.entries()
  const read = async () => {
    for (const [index, path] of left) stamps[index] = await imageFiles.stamp(path).catch(() => undefined)
  }
  await Promise.all(Array.from({ length: STAMPS.atOnce }, read))
  return stamps
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
