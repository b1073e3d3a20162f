import { hash } from 'node:crypto'
import { StoreUnavailableError } from '@livepods/images'
import { counter, type Log } from '@livepods/service'
import type { Recogniser } from '../engine/recogniser.ts'
import { personOf, stemOf } from '../gallery/known-person.ts'
import type { KnownFile } from './known-files.ts'
import type { KnownStore } from './known-store.ts'

/** The result of reading a file: a known image, or the reason why it is skipped. */
export type KnownEntry = KnownFile & {
  /** The last scan that saw it. */
  scan?: number
  unread?: Unread | undefined
  /** Only of what is saved: it vanished then (milliseconds since 1970), and is held. */
  heldSince?: number | undefined
} & (DescribedEntry | SkippedEntry)

/** A file that could not be read at the last try. */
export interface Unread {
  /** Of the file then. */
  stamp: string
  tries: number
  /** The scan that tries again. */
  again: number
  /** The file is not a picture any more, and is treated as vanished. */
  vanished: boolean
}

export interface DescribedEntry {
  /** SHA-256 of the file, in hex. */
  content: string
  faces: number
  /** Of the largest face, until the next gallery holds it. */
  descriptor?: Float32Array | undefined
  /** The key of the person on it, once it is in a gallery. */
  person?: string | undefined
  /** Which row of the galleries is the embedding; of what is read from the file, which row of that. -1 without a row. */
  place: number
}

export interface SkippedEntry {
  /** Absent when the file could not be read. */
  content?: string
  skipped: string
  reason: string
  /** The store failed to give the file, which may be unchanged. */
  withheld?: boolean
}

/** A picture without a face; every other reason is the name of an error. */
export const NO_FACE = 'no_face'

/** The key of the person on an image; one that is not described shares it with no other at the top level. */
export function personOn(entry: KnownEntry): string {
  return isDescribed(entry) ? (entry.person ?? personOf(entry.name)) : stemOf(entry.name)
}

export function isDescribed(entry: KnownEntry): entry is KnownFile & DescribedEntry {
  return !('skipped' in entry)
}

export interface ReadOptions {
  store: Pick<KnownStore, 'open' | 'ping'>
  recogniser: Recogniser
  maxBytes: number
  log: Log
}

const skips = counter({ name: 'gallery_skipped_total', help: 'Known images that were skipped.', labels: ['reason'] })

/**
 * Reads a file of the known people; `seen` gives what is known already of that content, so that equal content is never described twice.
 * What is wrong with the file is in the entry; throws only the signal's reason, and KnownStoreAwayError when that is wrong with all of
 * them.
 */
export async function readKnownFile(
  file: KnownFile,
  { store, recogniser, maxBytes, log }: ReadOptions,
  { seen, signal }: { seen: (content: string) => Promise<DescribedEntry | undefined>; signal: AbortSignal },
): Promise<KnownEntry> {
  const skip = (reason: string, skipped: string, content?: string): KnownEntry => {
    skips.inc({ reason })
    log.warn({ image: file.name, reason: skipped }, 'known image skipped')
    return { ...file, skipped, reason, ...(content !== undefined && { content }) }
  }
  try {
    const bytes = await store.open(file.name, { maxBytes })
    const content = hash('sha256', bytes)
    const same = await seen(content)
    if (same) return { ...same, ...file }
    // One that is still being copied is read again when it has changed.
    const { faces, truncated } = await recogniser.describe(bytes, { signal, patient: true, lenient: true })
    const [largest] = faces
    if (!largest) return skip(NO_FACE, 'There is no face on it.', content)
    if (truncated) log.warn({ image: file.name }, 'known image truncated: its readable part is used')
    if (faces.length > 1)
      log.warn({ image: file.name, faces: faces.length }, 'known image has several faces: the largest is used')
    return { ...file, content, faces: faces.length, descriptor: largest.descriptor, place: -1 }
  } catch (error) {
    signal.throwIfAborted()
    const { name: reason, message } = error as Error
    if (!isWithheld(error)) return skip(reason, message)
    await store.ping()
    const { code } = error as NodeJS.ErrnoException
    return { ...file, reason, skipped: code ? `The file cannot be read (${code}).` : message, withheld: true }
  }
}

/** A fault of the store, also of this one file in it, rather than of the picture. */
function isWithheld(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException }
  return (
    error instanceof StoreUnavailableError || /^E[A-Z]+$/.test(code ?? '') || /^E(ACCES|PERM)$/.test(cause?.code ?? '')
  )
}
