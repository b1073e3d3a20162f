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
  /** Milliseconds that looks at files may take for one request. */
  withinMs?: number
}

/** Files that are looked at together: two at once, since a folder that hangs keeps a thread of Node's four for each. */
const STAMPS = { size: 50, maxWaiting: 5000, atOnce: 2 }

const dueAgain = counter({
  name: 'resubmissions_total',
  help: 'Photos that had failed and are due again because they were sent in again.',
})

/** Photos that failed and are sent in again: those for which a look may end otherwise now are made due. */
export class Resubmissions {
  readonly #store: ResubmissionsOptions['store']
  readonly #withinMs: number
  readonly #stamps: Batcher<string, string | undefined>

  constructor({ store, imageFiles, withinMs = STAMPS_WITHIN_MS }: ResubmissionsOptions) {
    this.#store = store
    this.#withinMs = withinMs
    this.#stamps = new Batcher((paths) => stampsOf(paths, imageFiles), STAMPS)
  }

  /** When a request that begins now does not wait for its files any more. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.#withinMs)
  }

  /**
   * The ids of those that are due again by this. A store that is away, or does not answer before `deadline`, fails nothing: then its photos
   * stay what they are.
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
    // Its name is the sum of its bytes.
    if (isUpload(path)) return false
    const now = await Promise.race([this.#stamps.add(path).catch(() => undefined), aborted(deadline)])
    if (now === undefined) return false
    // Looked at by a server that says nothing of files; that there is no face on it, is so all the same. What was refused was never opened.
    return stamp === null ? outcome !== 'NO_FACE' : stamp !== now
  }
}

/** Undefined for what cannot be looked at, or is not there. */
async function stampsOf(paths: string[], imageFiles: Pick<ImageFileStore, 'stamp'>): Promise<(string | undefined)[]> {
  const stamps: (string | undefined)[] = []
  const left = paths.entries()
  const look = async () => {
    for (const [index, path] of left) stamps[index] = await imageFiles.stamp(path).catch(() => undefined)
  }
  await Promise.all(Array.from({ length: STAMPS.atOnce }, look))
  return stamps
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
