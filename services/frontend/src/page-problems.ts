import { type App, ProblemError } from '@livepods/http'
import { answerProblems as answerWithPages, type Frame } from '@livepods/page'
import type { FastifyError } from 'fastify'
import { translate } from './problems.ts'
import { problemPage } from './views/problem-page.ts'

/** Failures of the routes of `pages` are pages for those who ask for HTML, and problem+json for others. */
export function answerProblems(pages: App, frame: Frame, failuresUrl: string | undefined): void {
  answerWithPages(pages, {
    frame,
    toProblem: problemOf,
    problemPage: (problem, requestId) => problemPage(frame, problem, { requestId, failuresUrl }),
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
