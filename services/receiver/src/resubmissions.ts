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
  /** Milliseconds that one request waits for stamps. */
  withinMs?: number
}

/** Batches of stamps. Two files at a time: on a network folder that hangs, each read keeps one of the four threads of Node's pool. */
const STAMPS = { size: 50, maxWaiting: 5000, atOnce: 2 }

const dueAgain = counter({
  name: 'resubmissions_total',
  help: 'Failed photos that are due again because they were submitted again.',
})

/** Makes failed photos that are submitted again due, where another attempt may succeed now. */
export class Resubmissions {
  readonly #store: ResubmissionsOptions['store']
  readonly #withinMs: number
  readonly #stamps: Batcher<string, string | undefined>

  constructor({ store, imageFiles, withinMs = STAMPS_WITHIN_MS }: ResubmissionsOptions) {
    this.#store = store
    this.#withinMs = withinMs
    this.#stamps = new Batcher((paths) => stampsOf(paths, imageFiles), STAMPS)
  }

  /** The deadline for the stamps of a request that begins now. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.#withinMs)
  }

  /**
   * Makes photos due again, and returns their ids. A photo whose stamp cannot be read before the `deadline` stays failed; that is no
   * error.
   */
  async makeDue(
    photos: Failed[],
    { key, deadline = this.deadline() }: { key?: string | undefined; deadline?: AbortSignal | undefined } = {},
  ): Promise<Set<string>> {
    const retriable = await Promise.all(photos.map((photo) => this.#mayNowSucceed(photo, deadline)))
    const ids = [...new Set(photos.filter((_, index) => retriable[index]).map(({ id }) => id))]
    const due = ids.length > 0 ? await this.#store.makeDue(ids, key) : []
    dueAgain.inc(due.length)
    return new Set(due)
  }

  async #mayNowSucceed({ path, outcome, stamp }: Failed, deadline: AbortSignal): Promise<boolean> {
    if (RETRIABLE_OUTCOMES.some((each) => each === outcome)) return true
    // An upload is named by the SHA-256 of its bytes: the same name is the same file.
    if (isUpload(path)) return false
    const now = await Promise.race([this.#stamps.add(path).catch(() => undefined), aborted(deadline)])
    if (now === undefined) return false
    // No stamp was stored: the server that read the file gives none, or refused the path unread. A new attempt would find NO_FACE again.
    return stamp === null ? outcome !== 'NO_FACE' : stamp !== now
  }
}

/** The stamps of the files, in the order of the paths; undefined for a file that is missing or cannot be read. */
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
