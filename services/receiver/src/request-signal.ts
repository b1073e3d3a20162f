import type { FastifyReply } from 'fastify'

/**
 * A signal that aborts when nobody waits for the answer any more: the client is gone, or `withinMs` have passed. Not Fastify's
 * `request.signal`: it aborts as soon as a body is read to its end.
 */
export function requestSignal({ raw }: Pick<FastifyReply, 'raw'>, withinMs: number): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, AbortSignal.timeout(withinMs)])
}
