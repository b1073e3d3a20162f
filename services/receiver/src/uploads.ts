import type { Readable } from 'node:stream'
import { type ImageFileStore, isUpload } from '@livepods/images'
import { counter } from '@livepods/service'
import type { Origin } from './origin.ts'
import { type StageOptions, stage } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'

interface Submitting {
  submit(path: string, origin: Origin, key?: string): Promise<Receipt>
}

export interface UploadsOptions {
  store: ImageFileStore
  submissions: Submitting
  maxBytes: number
}

export interface Upload extends Pick<StageOptions, 'mediaType' | 'signal'> {
  bytes: Readable
  origin: Origin
  key?: string | undefined
}

const uploads = counter({
  name: 'uploads_total',
  help: 'Photos that came as bytes: stored, there already (the same bytes), or refused.',
  labels: ['result'],
})

/** Photos that come as bytes: staged, stored, submitted; removed with their photo. */
export class Uploads {
  readonly #options: UploadsOptions

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  get maxBytes(): number {
    return this.#options.maxBytes
  }

  /**
   * Stores the bytes under their SHA-256, then submits that path like any other. Resolves when file and row are durable; rejects with
   * ProblemError, StoreFullError, StoreUnavailableError, or what `submit` rejects with. A file whose row was never made is an orphan, and
   * removed later.
   */
  async take({ bytes, origin, key, mediaType, signal }: Upload): Promise<Receipt> {
    const { store, submissions, maxBytes } = this.#options
    try {
      const folder = await store.stagingFolder()
      await using staged = await stage(bytes, { folder, maxBytes, mediaType, ...(signal && { signal }) })
      const { path, file } = staged
      const isNew = await store.putIfAbsent(path, file)
      const receipt = await submissions.submit(path, origin, key)
      // An upload that was there already may have been removed before our row was committed: by the orphan cleaner, or with its former
      // photo.
      if (!isNew) await store.putIfAbsent(path, file)
      uploads.inc({ result: isNew ? 'stored' : 'duplicate' })
      return receipt
    } catch (error) {
      uploads.inc({ result: 'refused' })
      // Unread, this file would block the next file of its form for ever.
      bytes.resume()
      throw error
    }
  }

  /** Removes the file of an upload; any other image file is not ours and stays. */
  async remove(path: string): Promise<void> {
    if (isUpload(path)) await this.#options.store.remove(path)
  }
}
