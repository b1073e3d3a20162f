import type { ReadImage } from './open-image.ts'

/** An upload that the store has. */
export interface StoredUpload {
  path: string
  /** When it was put there, or put there again. */
  at: Date
}

/** Where pictures are, on disk or in S3. Every method but `check` and `canonical` rejects with StoreUnavailableError when another try later may succeed. */
export interface ImageFileStore {
  /** The folder on this machine for staged uploads: their bytes are complete there before they are put. Made when it is missing. */
  stagingFolder(): Promise<string>

  /** Throws PathRefusedError for a path that leads to no picture, whatever lies there. */
  check(path: string): void

  /** The one spelling of all paths that lead to the same place, whatever lies there. Throws PathRefusedError. */
  canonical(path: string): string

  /** The bytes of a picture, at most `maxBytes`. Rejects with PathRefusedError, ImageMissingError or ImageUnreadableError. */
  open(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer>

  /** The same with the stamp of what was read, and its age. The stamp is empty where the file changed meanwhile. */
  read(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<ReadImage>

  /**
   * The stamp of what lies there now, picture or not, without reading it. Rejects with PathRefusedError, ImageMissingError or
   * ImageUnreadableError.
   */
  stamp(path: string, signal?: AbortSignal): Promise<string>

  /**
   * Makes a staged file the upload `path`, whole and to stay, unless that is there already: then its age begins anew, and this
   * resolves with false. Of many at once one stores it. Rejects with StoreFullError too.
   */
  putIfAbsent(path: string, staged: string): Promise<boolean>

  /** All uploads, in no order. */
  list(): AsyncIterable<StoredUpload>

  /**
   * Removes an upload that was put before `before`; false when there is none such. Rejects with PathRefusedError for any other picture:
   * those belong to someone else.
   */
  remove(path: string, before?: Date): Promise<boolean>

  /** Whether a picture lies apart from the submitted ones, in a folder that may be away while they are there. Throws PathRefusedError. */
  isApart(path: string): boolean

  /** Rejects with StoreUnavailableError while the store is away as a whole; with a path, while what that picture lies in is. */
  ping(path?: string): Promise<void>
}
