import { AccessRefusedError } from '@livepods/access'
import { ProblemError, refusal } from '@livepods/http'
import { InvalidMessageError, InvalidRequestError } from '@livepods/messages'
import { SpoolError } from '@livepods/spool'

/** Translates an error of the relay to what the client gets; undefined for an unexpected error, which becomes a 500. */
export function translate(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error
  if (error instanceof AccessRefusedError) return refusal(error)
  if (error instanceof InvalidMessageError || error instanceof InvalidRequestError)
    return new ProblemError(error.status, error.message, { cause: error })
  return error instanceof SpoolError ? ofSpool(error) : undefined
}

function ofSpool(error: SpoolError): ProblemError {
  const problem = (status: number, detail: string, headers = {}) =>
    new ProblemError(status, detail, { cause: error, headers, fields: { code: error.code } })
  switch (error.code) {
    case 'SPOOL_FULL':
      return problem(503, `${error.message} Send it again later.`, { 'retry-after': '5' })
    case 'DISK_FULL':
      return problem(507, 'The disk of the relay is full. Send it again later.', { 'retry-after': '30' })
    case 'KEY_REUSED':
      return problem(422, 'The Idempotency-Key was used for another message.')
    case 'LOCKED':
    case 'CLOSED':
      return problem(503, 'The relay is stopping. Send it again.', { 'retry-after': '1' })
  }
}
