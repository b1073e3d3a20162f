import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { setImmediate as otherWork } from 'node:timers/promises'
import { StoreUnavailableError } from './store-errors.ts'
import { isUpload } from './upload.ts'

const SLICE = 1024 * 1024

/**
 * Rejects with StoreUnavailableError when `relative` (to UNKNOWN_PEOPLE) is an upload and these are not its bytes: its name is their
 * SHA-256, so the store has damaged them, and nothing is known of the picture. Every other picture has no sum to compare.
 */
export async function checkUploadSum(relative: string, bytes: Buffer): Promise<void> {
  const path = posix.normalize(relative)
  if (!isUpload(path) || posix.basename(path).startsWith(await sumOf(bytes))) return
  throw new StoreUnavailableError(
    'The store gives other bytes than those of this upload. Put the file back there, or send the photo again.',
  )
}

/** In slices, so that others are served meanwhile: 25 MB take some 25 ms of a core. */
export async function sumOf(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += SLICE) {
    if (at > 0) await otherWork()
    hash.update(bytes.subarray(at, at + SLICE))
  }
  return hash.digest('hex')
}
