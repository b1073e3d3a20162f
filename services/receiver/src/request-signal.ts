import type { FastifyReply } from 'fastify'

/**
 * A signal that aborts when nobody waits for the response any more: the client has disconnected, or `withinMs` have passed. Not Fastify's
 * `request.signal`: it aborts as soon as a body is read to its end.
 */
export function requestSignal({ raw }: Pick<FastifyReply, 'raw'>, withinMs: number): AbortSignal {
  const ended = new AbortController()
  // Not AbortSignal.timeout: Node holds its signal and those made of it weakly, and may forget both before somebody listens.
  const timer = setTimeout(() => ended.abort(new DOMException('The request takes too long.', 'TimeoutError')), withinMs)
  timer.unref()
  raw.once('close', () => {
    clearTimeout(timer)
    ended.abort()
  })
  return ended.signal
}
