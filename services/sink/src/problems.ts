import { ProblemError } from '@livepods/http'
import { InvalidMessageError, InvalidRequestError } from '@livepods/messages'
import { DatabaseUnavailableError, StatementTooLargeError } from '@livepods/sql'
import { OverloadedError } from './writer.ts'

/** Translates an error of the sink to what the client gets; undefined for an unexpected error, which becomes a 500. */
export function translate(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error
  if (error instanceof InvalidMessageError || error instanceof InvalidRequestError)
    return new ProblemError(error.status, error.message, { cause: error })
  if (error instanceof OverloadedError) return unavailable(error.message, error, 1)
  if (error instanceof DatabaseUnavailableError) return unavailable('The database does not answer.', error, 3)
  // Messages of several requests are written together: none of them can be blamed, and the database has to be set up for them.
  if (error instanceof StatementTooLargeError) return unavailable(error.message, error, 60)
  return undefined
}

function unavailable(detail: string, cause: unknown, seconds: number): ProblemError {
  return new ProblemError(503, `${detail} Send it again: a message that was taken meanwhile is a duplicate.`, {
    cause,
    headers: { 'retry-after': String(seconds) },
  })
}
