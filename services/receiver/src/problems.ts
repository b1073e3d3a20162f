import { Problem } from '@livepods/http'
import { PathRefused, StoreFull, StoreUnavailable } from '@livepods/images'
import { DatabaseUnavailable } from '@livepods/sql'
import { Overfull } from './batcher.ts'
import { KeyReused } from './submission-store.ts'

/** Which Problem an error of the receiver is to the client; undefined for one that nobody expected. */
export function translate(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (error instanceof PathRefused) return new Problem(400, error.message, { cause: error })
  if (error instanceof KeyReused) {
    const detail = 'This Idempotency-Key belongs to a photo with another path. Send a new key, or none.'
    return new Problem(422, detail, { cause: error })
  }
  if (error instanceof StoreFull)
    return new Problem(507, error.message, { cause: error, headers: { 'retry-after': '60' } })
  if (error instanceof StoreUnavailable)
    return new Problem(503, `${error.message} Nothing was stored; send the photo again.`, {
      cause: error,
      headers: { 'retry-after': '5' },
    })
  if (error instanceof Overfull) return later('Too many photos are waiting to be accepted.', error, 1)
  if (error instanceof DatabaseUnavailable) return later('The database does not answer.', error, 3)
  return undefined
}

function later(detail: string, cause: unknown, seconds: number): Problem {
  return new Problem(503, `${detail} Send the request again: a path that was accepted meanwhile keeps its id.`, {
    cause,
    headers: { 'retry-after': String(seconds) },
  })
}
