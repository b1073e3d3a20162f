import { ProblemError } from '@livepods/http'
import { ConcurrencyLimit } from '@livepods/service'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** An `onRequest` hook. */
export type LimitRequests = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * Lets at most `atOnce` large requests in; one more is sent away with 503 before its body is read.
 * @param what those requests bring, in the plural.
 */
export function limitRequests(atOnce: number, what = 'batches'): LimitRequests {
  const full = () =>
    new ProblemError(503, `${atOnce} ${what} are being accepted already. Send it again in a second.`, {
      headers: { 'retry-after': '1' },
    })
  const limit = new ConcurrencyLimit({ atOnce, full })
  return async (_request, reply) => {
    const place = await limit.acquire()
    reply.raw.once('close', () => place[Symbol.dispose]())
  }
}
