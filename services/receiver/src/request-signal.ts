import type { FastifyReply } from 'fastify'

/**
 * A signal that aborts when nobody waits for the response any more: the client has disconnected, or `withinMs` have passed. Not Fastify's
 * `request.signal`: it aborts as soon as a body is read to its end.
 */
export function requestSignal({ raw }: Pick<FastifyReply, 'raw'>, withinMs: number): AbortSignal {
  const disconnected = new AbortController()
  raw.once('close', () => disconnected.abort())
  return AbortSignal.any([disconnected.signal, AbortSignal.timeout(withinMs)])
}
