import { within } from '@livepods/service'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { App } from './app.ts'
import { ProblemError } from './problem.ts'

/**
 * Answers 503 when a handler takes longer than `withinMs`. Fastify's own handlerTimeout ends with the request's body (it listens to the
 * request's 'close'), so that it does not limit a POST. A hijacked reply is left to whoever hijacked it. A route that reads its body
 * itself may have another limit, and one that streams has none (RouteConfig).
 */
export function limitHandlers(app: App, withinMs: number): void {
  app.addHook('onRoute', (route) => {
    const { streams = false, answerWithinMs = withinMs } = route.config ?? {}
    if (!streams) route.handler = limited(answerWithinMs, route.handler)
  })
}

function limited(withinMs: number, handler: RouteHandlerMethod): RouteHandlerMethod {
  return async function (this: App, request: FastifyRequest, reply: FastifyReply) {
    const answer = Promise.resolve(handler.call(this, request, reply))
    return await within(withinMs, answer, () => {
      if (reply.sent) return answer
      throw new ProblemError(503, 'The request took too long. Try again.', { headers: { 'retry-after': '5' } })
    })
  } as RouteHandlerMethod
}
