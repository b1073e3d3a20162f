import { type App, ProblemError } from '@livepods/http'
import { answerProblems, type EventStream, type Frame, sendPage } from '@livepods/page'
import type { FastifyError } from 'fastify'
import { translate } from '../problems.ts'
import type { ReportStore } from '../report-store.ts'
import { loadView } from './message-view.ts'
import { messagesPage } from './messages-page.ts'
import { problemPage } from './problem-page.ts'

export interface PageRoutesOptions {
  frame: Frame
  reports: ReportStore
  listeners: EventStream
}

const config = { role: 'read' } as const
const schema = { hide: true }

/** What people open in a browser; failures are pages too. */
export function pageRoutes(app: App, { frame, reports, listeners }: PageRoutesOptions): void {
  app.register(async (pages: App) => {
    answerProblems(pages, {
      frame,
      toProblem: asProblem,
      problemPage: (problem, requestId) => problemPage(frame, problem, requestId),
    })
    pages.get('/', { config, schema }, async (_request, reply) => {
      return await sendPage(reply, messagesPage(frame, await loadView(reports)))
    })
  })

  // A stream that answers HEAD would never end.
  const options = { config: { ...config, streams: true }, schema, exposeHeadRoute: false }
  app.get('/events', options, async (_request, reply) => {
    // The page may be older than the next change.
    listeners.open(reply, [['reload', 0]])
    return reply
  })
}

function asProblem(error: unknown): ProblemError {
  const problem = translate(error)
  if (problem) return problem
  const { statusCode = 500, message } = error as FastifyError
  if (statusCode < 500) return new ProblemError(statusCode, message)
  return new ProblemError(500, 'The server failed; its log says why. Load the page again.', { cause: error })
}
