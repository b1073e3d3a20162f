import { ProblemError } from '@livepods/http'
import { StoreUnavailableError } from '@livepods/images'
import { DatabaseUnavailableError, StatementTooLargeError } from '@livepods/sql'

const ER_NO_SUCH_TABLE = 1146
const ER_BAD_DB_ERROR = 1049

/** What an error of the parts below is to those who asked. */
export function translate(error: unknown): ProblemError | undefined {
  if (error instanceof DatabaseUnavailableError) {
    return new ProblemError(503, 'The database does not answer. Nothing is lost; try again in a few seconds.', {
      cause: error,
      headers: { 'retry-after': '3' },
    })
  }
  if (error instanceof StoreUnavailableError) {
    return new ProblemError(503, `${error.message} Nothing is lost.`, { cause: error, headers: { 'retry-after': '3' } })
  }
  // Pictures that are kept for undo are of our making: who asked cannot send less, and the database has to be set up for them.
  if (error instanceof StatementTooLargeError) {
    const detail = `${error.message} Whoever runs it has to raise that.`
    return new ProblemError(503, detail, { cause: error, headers: { 'retry-after': '60' } })
  }
  const { errno } = (error ?? {}) as { errno?: number }
  if (errno === ER_NO_SUCH_TABLE || errno === ER_BAD_DB_ERROR) {
    return new ProblemError(503, 'The database has no tables yet. Run the migrations: node sql/src/main.ts.', {
      cause: error,
      headers: { 'retry-after': '3' },
    })
  }
  return undefined
}
