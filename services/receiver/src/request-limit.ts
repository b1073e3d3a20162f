import { ProblemError } from '@livepods/http'
import { ConcurrencyLimit } from '@livepods/service'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** An `onRequest` hook that refuses requests beyond a concurrency limit. */
export type LimitRequests = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** Serves at most `atOnce` batches at a time; one more is refused with 503 before its body is read. */
export function limitRequests(atOnce: number): LimitRequests {
  const full = () =>
    new ProblemError(503, `${atOnce} batches are being accepted already. Send it again in a second.`, {
      headers: { 'retry-after': '1' },
    })
  const limit = new ConcurrencyLimit({ atOnce, full })
  return async (_request, reply) => {
    const slot = await limit.acquire()
    reply.raw.once('close', () => slot[Symbol.dispose]())
  }
}
