import { Problem } from '@livepods/http'
import { StoreUnavailable } from '@livepods/images'
import { DatabaseUnavailable } from '@livepods/sql'

const ER_NO_SUCH_TABLE = 1146
const ER_BAD_DB_ERROR = 1049

/** What an error of the parts below is to those who asked. */
export function translate(error: unknown): Problem | undefined {
  if (error instanceof DatabaseUnavailable) {
    return new Problem(503, 'The database does not answer. Nothing is lost; try again in a few seconds.', {
      cause: error,
      headers: { 'retry-after': '3' },
    })
  }
  if (error instanceof StoreUnavailable) {
    return new Problem(503, `${error.message} Nothing is lost.`, { cause: error, headers: { 'retry-after': '3' } })
  }
  const { errno } = (error ?? {}) as { errno?: number }
  if (errno === ER_NO_SUCH_TABLE || errno === ER_BAD_DB_ERROR) {
    return new Problem(503, 'The database has no tables yet. Run the migrations: node sql/src/main.ts.', {
      cause: error,
      headers: { 'retry-after': '3' },
    })
  }
  return undefined
}
