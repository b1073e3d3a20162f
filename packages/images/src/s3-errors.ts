import { ImageMissingError, ImageUnreadableError } from './open-image.ts'
import { PathRefusedError } from './path.ts'
import { StoreFullError, StoreUnavailableError } from './store-errors.ts'

interface S3Error extends Error {
  /** Of Node: why there was no answer. */
  code?: string
  /** Of the error document of an S3 service; a page of a proxy has none, and neither has the answer to a HEAD. */
  Code?: string
  Region?: string
  $metadata?: { httpStatusCode?: number }
  $response?: { headers?: Record<string, string> }
}

/** A success status from something that is no S3 service. */
export class NotFromS3Error extends Error {
  override readonly name = 'NotFromS3Error'
  readonly code = 'NOT_FROM_S3'

  constructor(status: number, type: string) {
    super(`${status}, ${type}`)
  }
}

/** The HTTP status of an answer that was no success, or undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as S3Error).$metadata?.httpStatusCode
}

/** The code in the error document of an S3 service, or undefined when none came. */
export function codeOf(error: unknown): string | undefined {
  const { Code } = error as S3Error
  return typeof Code === 'string' ? Code : undefined
}

const TRANSIENT_STATUS = new Set([429, 500, 502, 503, 504])
const TRANSIENT_CODES =
  /^(SlowDown|RequestTimeout|RequestTimeTooSkewed|InternalError|ServiceUnavailable|ServerBusy|OperationAborted|Throttling.*)$/
const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** Whether the same request may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  const { name, code } = error as S3Error
  if (name === 'AbortError') return false
  const status = statusOf(error)
  if (status === undefined) return name === 'TimeoutError' || (code !== undefined && NETWORK_CODES.has(code))
  return TRANSIENT_STATUS.has(status) || TRANSIENT_CODES.test(codeOf(error) ?? '')
}

const KEYS = /AccessKey|UserNotFound|Signature|InvalidToken|ExpiredToken/
const REGION = /AuthorizationHeaderMalformed|Redirect|IllegalLocation|InvalidRegion|IncorrectEndpoint/
const FULL = /^(QuotaExceeded|XMinioStorageFull|XMinioStorageQuotaExceeded|InsufficientStorage)$/

/**
 * The answer of an S3 service, or of something in front of it, as an error of ImageFileStore. A picture is missing only where the code of
 * an S3 service says so: a proxy answers 404, too.
 */
export function fault(error: unknown, { bucket, region }: { bucket: string; region: string }): Error {
  if (isOurs(error)) return error
  const options = { cause: error }
  const away = (sentence: string) => new StoreUnavailableError(sentence, options)
  const status = statusOf(error)
  if (error instanceof NotFromS3Error) return notFromS3(`a page (${error.message})`, error)
  if (status === undefined) return away(noAnswer(error as S3Error))
  const code = codeOf(error)
  if (code === 'NoSuchKey') return new ImageMissingError('There is no such picture.', options)
  if (code === 'NoSuchBucket') return away(`The S3 service has no bucket "${bucket}". Make it, or correct IMAGE_STORE.`)
  if (status === 507 || FULL.test(code ?? ''))
    return new StoreFullError(
      'The S3 service has no room for another picture. Make room there and send the photo again.',
      options,
    )
  if (REGION.test(code ?? '') || (status >= 300 && status < 400)) return away(elsewhere(error as S3Error, region))
  if (code === 'RequestTimeTooSkewed')
    return away('The S3 service refuses requests of another time. Set the clock of this machine, or of that service.')
  // By their codes too: some services answer 404 for an unknown key id.
  if (KEYS.test(code ?? '') || ((status === 401 || status === 403) && code !== undefined))
    return away(
      `The S3 service refuses our keys (${code}). Check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and what they may do in "${bucket}".`,
    )
  if (status === 413 || code === 'EntityTooLarge')
    return away('The S3 service, or a proxy in front of it, takes no object of this size. Raise its limit.')
  if (code === undefined && status < 500) return notFromS3(`${status} without an S3 error code`, error)
  return away(`The S3 service failed with ${status} (${code ?? 'no S3 error code'}). Try again later.`)
}

function isOurs(error: unknown): error is Error {
  return (
    error instanceof ImageMissingError ||
    error instanceof ImageUnreadableError ||
    error instanceof PathRefusedError ||
    error instanceof StoreFullError ||
    error instanceof StoreUnavailableError
  )
}

/** The answer is not from an S3 service: nothing is known of the picture. */
function notFromS3(what: string, cause: unknown): StoreUnavailableError {
  const sentence = `What answers at S3_ENDPOINT is no S3 service, or a proxy in front of it answers itself: ${what}.`
  return new StoreUnavailableError(`${sentence} Check S3_ENDPOINT and that proxy.`, { cause })
}

/** Codes of Node for a certificate that is not what we ask for. */
const CERTIFICATE = /CERT|SIGNATURE/

function noAnswer({ name, code, message }: S3Error): string {
  // The SDK names a reset "TimeoutError", too.
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return `The S3 service broke off the connection (${code}). Try again later.`
  if (name === 'AbortError' || name === 'TimeoutError')
    return 'The S3 service is too slow: it did not answer in time. Try again later.'
  if (CERTIFICATE.test(code ?? ''))
    return `The certificate of the S3 service is not accepted (${message}). Check S3_ENDPOINT and S3_TLS_CA_FILE.`
  return `The S3 service does not answer (${message || name}). Try again later.`
}

/** A wrong region is answered with 400 or a redirect, with the right one in the document, a header, or the text. */
function elsewhere(error: S3Error, region: string): string {
  const { headers = {} } = error.$response ?? {}
  const expected = /expect\w*[:\s]+["'`]?([a-z0-9-]+)["'`]?/.exec(error.message)?.[1]
  const right = error.Region ?? headers['x-amz-bucket-region'] ?? expected
  const what = `The S3 service refuses the region "${region}" (${codeOf(error) ?? statusOf(error)})`
  if (right !== undefined && right !== region) return `${what}: the bucket is in "${right}". Set S3_REGION to that.`
  const to = headers.location === undefined ? '' : ` and points to ${headers.location}`
  return `${what}${to}. Set S3_REGION to that of the bucket, and check S3_ENDPOINT.`
}
