import type { Readable } from 'node:stream'
import { type ImageFileStore, isUpload, StoreFullError } from '@livepods/images'
import { counter } from '@livepods/service'
import type { RequestContext } from './request-context.ts'
import { type StageOptions, stage } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'

interface Submitter {
  submit(path: string, context: RequestContext, key?: string): Promise<Receipt>
}

export interface UploadsOptions {
  store: ImageFileStore
  submissions: Submitter
  maxBytes: number
}

export interface Upload extends Pick<StageOptions, 'signal'> {
  bytes: Readable
  context: RequestContext
  key?: string | undefined
}

const uploads = counter({
  name: 'uploads_total',
  help: 'Uploads by result: stored, duplicate (the store has the same bytes already), or refused.',
  labels: ['result'],
  values: ['stored', 'duplicate', 'refused'],
})

/** Accepts uploads (stages, stores and submits them), and removes the files of deleted photos. */
export class Uploads {
  readonly #options: UploadsOptions
  /** Since when nothing could be stored for lack of room. */
  #full: { since: string; reason: string; refused: number } | undefined

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  get maxBytes(): number {
    return this.#options.maxBytes
  }

  /**
   * Stores the bytes under their SHA-256, then submits that path like any other. Resolves when file and row are durable; rejects with
   * ProblemError, StoreFullError, StoreUnavailableError, or what `submit` rejects with. A file whose row was never inserted is an orphan,
   * and removed later.
   */
  async accept({ bytes, context, key, signal }: Upload): Promise<Receipt> {
    const { store, submissions, maxBytes } = this.#options
    try {
      const folder = await store.stagingFolder()
      await using staged = await stage(bytes, { folder, maxBytes, ...(signal && { signal }) })
      const { path, file } = staged
      const isNew = await store.putIfAbsent(path, file)
      const receipt = await submissions.submit(path, context, key)
      // An upload that the store had already may have been removed before our row was committed: by the orphan cleaner, or because its
      // former photo was deleted.
      if (!isNew) await store.putIfAbsent(path, file)
      this.#full = undefined
      uploads.inc({ result: isNew ? 'stored' : 'duplicate' })
      return receipt
    } catch (error) {
      uploads.inc({ result: 'refused' })
      if (error instanceof StoreFullError) this.#noteFull(error)
      // Read to its end and discarded: an unread file would block the next file of its form for ever.
      bytes.resume()
      throw error
    }
  }

  /** For people: whether the store has room, as far as the last upload told. */
  report(): object {
    return this.#full ? { state: 'full', ...this.#full } : { state: 'here' }
  }

  #noteFull({ message: reason }: StoreFullError): void {
    const { since = new Date().toISOString(), refused = 0 } = this.#full ?? {}
    this.#full = { since, reason, refused: refused + 1 }
  }

  /** Removes the image file at `path` if it is an upload; any other image file is not ours and stays. */
  async remove(path: string): Promise<void> {
    if (isUpload(path)) await this.#options.store.remove(path)
  }
}
