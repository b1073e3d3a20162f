import {
  type ImageFileStore,
  ImageMissingError,
  ImageUnreadableError,
  isUpload,
  PathRefusedError,
  StoreUnavailableError,
} from '@livepods/images'
import type { Unreadable } from './due-store.ts'

export interface ChangedFilesOptions {
  due: { unreadable(maxRetries: number, after?: Unreadable): Promise<Unreadable[]> }
  imageFiles: Pick<ImageFileStore, 'stamp' | 'ping'>
  maxRetries: number
  signal: AbortSignal
}

/** Stamps that are read at the same time. */
const AT_ONCE = 8
/** After so many stamps in a row that could not be read the store is pinged. */
const FAULTS = 20

/**
 * Finds the UNREADABLE photos whose file has another stamp now, page by page, with the number compared so far. A photo without a stored
 * stamp counts as changed when its file exists. Rejects with StoreUnavailableError when the store is away.
 */
export async function* changedFiles({
  due,
  imageFiles,
  maxRetries,
  signal,
}: ChangedFilesOptions): AsyncGenerator<{ changed: Unreadable[]; compared: number }> {
  let compared = 0
  let faults = 0
  const hasChanged = async ({ path, stamp }: Unreadable): Promise<boolean> => {
    try {
      const now = await imageFiles.stamp(path, signal)
      faults = 0
      return now !== stamp
    } catch (error) {
      signal.throwIfAborted()
      if (
        error instanceof ImageMissingError ||
        error instanceof ImageUnreadableError ||
        error instanceof PathRefusedError
      )
        return false
      if (!(error instanceof StoreUnavailableError)) throw error
      faults += 1
      if (faults % FAULTS === 0) await imageFiles.ping()
      return false
    }
  }
  for (
    let page = await due.unreadable(maxRetries);
    page.length > 0;
    page = await due.unreadable(maxRetries, page.at(-1))
  ) {
    const changed: Unreadable[] = []
    // An upload is named by the SHA-256 of its bytes: it cannot have changed.
    const photos = page.filter(({ path }) => !isUpload(path)).values()
    const work = async () => {
      for (const photo of photos) if (await hasChanged(photo)) changed.push(photo)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    compared += page.length
    yield { changed, compared }
  }
}
