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

/** Files that are looked at at once. */
const AT_ONCE = 8
/** After so many in a row that could not be looked at, the store is asked whether it is there at all. */
const FAULTS = 20

/**
 * Page by page the photos that are UNREADABLE and whose file is another one than was looked at, with how many were compared until then. Of
 * those that nobody kept a stamp of, each that is there. Rejects with StoreUnavailableError when the store is away.
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
    // An upload is named by the sum of its bytes: it is what it was.
    const photos = page.filter(({ path }) => !isUpload(path)).values()
    const work = async () => {
      for (const photo of photos) if (await hasChanged(photo)) changed.push(photo)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    compared += page.length
    yield { changed, compared }
  }
}
