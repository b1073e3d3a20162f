import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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

/** 404, or 405 where the path has other methods. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply) {
  const { method, url, server } = request
  const [path = ''] = url.split('?', 1)
  const allow = methodsAt(path, server.routes)
  const missing = `There is no ${method} ${path.slice(0, 200)} here`
  const problem = allow
    ? new ProblemError(405, `${missing}, only ${allow}.`, { headers: { allow } })
    : new ProblemError(404, `${missing}.`)
  return answer(problem, request, reply)
}

/** A route of everything below a path does not count: it has no opinion on what is there. */
function methodsAt(path: string, routes: FastifyInstance['routes']): string {
  const there = routes.filter(({ url }) => !url.includes('*') && isAt(path, url))
  return [...new Set(there.map(({ method }) => method))].toSorted().join(', ')
}

/** Whether a route has the path: its parameters stand for one part each. */
function isAt(path: string, url: string): boolean {
  const parts = path.split('/')
  const expected = url.split('/')
  return (
    parts.length === expected.length &&
    expected.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : parts[i] === part))
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
