import type { KnownFile } from './known-files.ts'

/**
 * Where the pictures of known people are: a folder, or a bucket. Names are relative to it and have been checked before. What is there
 * is never replaced. Methods reject with ChangeImpossible when it cannot be done, and with StoreUnavailable when a try later may do it.
 */
export interface KnownStore {
  /** Removes what crashes left behind. */
  clean(): Promise<void>

  /** Visits all pictures by name, in no order. Nothing is kept of what was visited: there may be very many. */
  visit(visit: (file: KnownFile) => void): Promise<void>

  /** The same file as a visit would show it now; undefined when there is none. */
  stat(name: string): Promise<KnownFile | undefined>

  /** The bytes of a picture, at most `maxBytes`. Rejects with ImageMissing, ImageUnreadable or PathRefused. */
  read(name: string, options: { maxBytes: number }): Promise<Buffer>

  /** Writes a new file with that name: whole, to stay, or not at all. False when the name is taken. */
  put(name: string, bytes: Uint8Array): Promise<boolean>

  /** Removes a file. False when there was none. */
  remove(name: string): Promise<boolean>

  /** Gives a file another name. False when that one is taken. */
  move(name: string, to: string): Promise<boolean>
}
