import { ImageMissing, ImageUnreadable } from './open-image.ts'
import { PathRefused } from './path.ts'
import { StoreFull, StoreUnavailable } from './store-faults.ts'

interface S3Error extends Error {
  $metadata?: { httpStatusCode?: number }
}

/** The HTTP status that the S3 service answered with, or undefined when it did not answer. */
export function codeOf(error: unknown): number | undefined {
  return (error as S3Error).$metadata?.httpStatusCode
}

const KEYS = /AccessKey|UserNotFound|Signature/

/** What an S3 service said, in the words of the store. 409 and 412, answers to a condition, stay what they are. */
export function named(error: unknown, bucket: string): Error {
  if (error instanceof ImageUnreadable || error instanceof PathRefused) return error
  const { name, message } = error as S3Error
  const options = { cause: error }
  const code = codeOf(error)
  if (code === 409 || code === 412) return error as Error
  if (name === 'NoSuchBucket') return noSuchBucket(bucket, error)
  // By their names too: some services answer 404 to a key that nobody has.
  if (code === 401 || code === 403 || KEYS.test(name))
    return new StoreUnavailable(
      `The S3 service refuses our keys (${name}). Check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and what they may do in "${bucket}".`,
      options,
    )
  if (code === 404 && (name === 'NoSuchKey' || name === 'NotFound'))
    return new ImageMissing('There is no such picture.', options)
  if (code === 507 || name === 'QuotaExceeded' || name === 'XMinioStorageFull')
    return new StoreFull(
      'The S3 service has no room for another picture. Make room there and send the photo again.',
      options,
    )
  if (name === 'AbortError' || name === 'TimeoutError')
    return new StoreUnavailable('The S3 service is too slow: it did not answer in time. Try again later.', options)
  if (code !== undefined)
    return new StoreUnavailable(`The S3 service failed with ${code} (${name}). Try again later.`, options)
  return new StoreUnavailable(`The S3 service does not answer (${message || name}). Try again later.`, options)
}

export function noSuchBucket(bucket: string, cause: unknown): StoreUnavailable {
  const sentence = `The S3 service has no bucket "${bucket}". Make it, or correct IMAGE_STORE.`
  return new StoreUnavailable(sentence, { cause })
}
