import { type App, ProblemError } from '@livepods/http'
import { type Frame, sendPage, signInInstead } from '@livepods/page'
import type { FastifyError } from 'fastify'
import { translate } from './problems.ts'
import { problemPage } from './views/problem-page.ts'

/** Failures of the routes of `pages` are pages for those who ask for HTML, and problem+json for others. */
export function answerProblems(pages: App, frame: Frame, failuresUrl: string | undefined): void {
  pages.setErrorHandler(async (error, request, reply) => {
    if (!request.headers.accept?.includes('text/html')) throw error
    const problem = problemOf(error)
    if (problem.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'page failed')
    const page =
      problem.status === 401
        ? signInInstead(frame, request, problem)
        : problemPage(frame, problem, { requestId: request.id, failuresUrl })
    return await sendPage(reply.headers(problem.headers), page, problem.status)
  })
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  const translated = translate(error)
  if (translated) return translated
  const { statusCode = 500, code } = error as FastifyError
  if (code === 'FST_ERR_HANDLER_TIMEOUT')
    return new ProblemError(503, 'The page took too long to make.', { cause: error })
  if (statusCode < 500)
    return new ProblemError(400, 'A part of the address has a value that does not exist.', { cause: error })
  return new ProblemError(500, 'The server failed; its log says why. Load the page again.', { cause: error })
}
