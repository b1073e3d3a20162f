import { ProblemError } from '@livepods/http'
import { PathRefusedError, StoreFullError, StoreUnavailableError } from '@livepods/images'
import { DatabaseUnavailableError, StatementTooLargeError } from '@livepods/sql'
import { OverloadedError } from './batcher.ts'
import { KeyReusedError } from './submission-store.ts'

/** Translates an error of the receiver to what the client gets; undefined for an unexpected error, which becomes a 500. */
export function translate(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error
  if (error instanceof PathRefusedError) return new ProblemError(400, error.message, { cause: error })
  if (error instanceof KeyReusedError) {
    const detail = 'This Idempotency-Key was used for another path. Send a new key, or none.'
    return new ProblemError(422, detail, { cause: error })
  }
  if (error instanceof StoreFullError)
    return new ProblemError(507, error.message, { cause: error, headers: { 'retry-after': '60' } })
  if (error instanceof StoreUnavailableError)
    return new ProblemError(503, `${error.message} Nothing was stored; send the photo again.`, {
      cause: error,
      headers: { 'retry-after': '5' },
    })
  if (error instanceof OverloadedError) return unavailable('Too many photos are waiting to be accepted.', error, 1)
  if (error instanceof DatabaseUnavailableError) return unavailable('The database does not answer.', error, 3)
  if ((error as { code?: string }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new ProblemError(
      415,
      'Send JSON with content-type: application/json. POST /v1/images takes the bytes of a JPEG, PNG or WebP, too, and forms of them.',
      { cause: error },
    )
  if (error instanceof StatementTooLargeError)
    return new ProblemError(413, `${error.message} Send fewer paths at once: one that was accepted keeps its id.`, {
      cause: error,
    })
  return undefined
}

function unavailable(detail: string, cause: unknown, seconds: number): ProblemError {
  return new ProblemError(503, `${detail} Send the request again: a path that was accepted meanwhile keeps its id.`, {
    cause,
    headers: { 'retry-after': String(seconds) },
  })
}
