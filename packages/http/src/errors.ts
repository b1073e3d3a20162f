import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from './problem.ts'
import { problemBody } from './send-problem.ts'

/** Translates an error of the service's own to what the client gets; undefined for an unexpected error. */
export type Translate = (error: unknown) => ProblemError | undefined

/** Answers every error as problem+json; an unexpected error is a 500 without details, which are in the log. */
export function answerErrors(translate: Translate) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error, translate)
    if (problem.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
    return answer(problem, request, reply)
  }
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply) {
  return answer(
    new ProblemError(404, `There is no ${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)} here.`),
    request,
    reply,
  )
}

function answer(problem: ProblemError, request: FastifyRequest, reply: FastifyReply) {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id))
}

function asProblem(error: unknown, translate: Translate): ProblemError {
  if (error instanceof ProblemError) return error
  const translated = translate(error)
  if (translated) return translated
  const { statusCode = 500, message, validation } = error as FastifyError
  if (validation) return new ProblemError(400, message)
  return statusCode < 500
    ? new ProblemError(statusCode, message)
    : new ProblemError(500, 'The server failed; its log says why.', { cause: error })
}
