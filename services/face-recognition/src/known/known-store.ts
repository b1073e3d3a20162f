import type { KnownFile, LeftOut, UnreadablePart } from './known-files.ts'
import type { Hints } from './known-hints.ts'

/**
 * Where known people are, a folder or S3. A change is there whole or not at all, whenever the process dies, and replaces nothing. Names are
 * relative to the known people and have been checked before. What may succeed later rejects with StoreUnavailableError, what the place does
 * not allow with ChangeImpossibleError.
 */
export interface KnownStore {
  /**
   * All pictures that are there, in no order, what is there and cannot be read, and what is passed over. Rejects with KnownStoreAwayError
   * when nothing can be told, so that what was not visited is gone. The first visit that succeeds also removes what crashes left behind.
   */
  visit(
    visit: (file: KnownFile) => void,
    unreadable: (part: UnreadablePart) => void,
    leftOut?: (file: LeftOut) => void,
  ): Promise<void>
  /** Rejects with KnownStoreAwayError unless the place itself can be read now. */
  ping(): Promise<void>
  /** The same of one; undefined when there is none. */
  stat(name: string): Promise<KnownFile | undefined>
  /** The bytes of a picture. Rejects with ImageMissingError or ImageUnreadableError. */
  open(name: string, options: { maxBytes: number }): Promise<Buffer>
  /** False when the name is taken. */
  put(name: string, bytes: Uint8Array): Promise<boolean>
  /** False when there was none. */
  remove(name: string): Promise<boolean>
  /** Gives a picture another name. False when that one is taken. Rejects with ImageGoneError when there is no such picture. */
  move(name: string, to: string): Promise<boolean>
  /** The names of the pictures that were moved to a `deletedName` of the person. */
  deleted(person: string): Promise<string[]>
  /** Removes all of those. */
  purge(person: string): Promise<void>
  /** Tells that something happened, as far as the place can. */
  hints(): Hints
}

/** Hidden: what lies here is no picture to anybody who visits. */
export const DELETED = '.deleted/'

/** Where a picture of a deleted person is kept as long as that can be undone. */
export const deletedName = (person: string, name: string) => `${DELETED}${person}/${name}`
