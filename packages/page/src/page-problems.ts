import type { App, ProblemError } from '@livepods/http'
import type { Html } from './html.ts'
import type { Frame } from './layout.ts'
import { sendPage } from './send-page.ts'
import { signInInstead } from './sign-in.ts'

interface PageProblems {
  frame: Frame
  /** What an error is to a person. */
  toProblem: (error: unknown) => ProblemError
  /** In place of a page that cannot be shown. */
  problemPage: (problem: ProblemError, requestId: string) => Html
}

/** Failures of the routes of `pages` are pages for those who ask for HTML, and problem+json for others; a 401 is the page to sign in. */
export function answerProblems(pages: App, { frame, toProblem, problemPage }: PageProblems): void {
  pages.setErrorHandler(async (error, request, reply) => {
    if (!request.headers.accept?.includes('text/html')) throw error
    const problem = toProblem(error)
    if (problem.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'page failed')
    const page = problem.status === 401 ? signInInstead(frame, request, problem) : problemPage(problem, request.id)
    return await sendPage(reply.headers(problem.headers), page, problem.status)
  })
}
