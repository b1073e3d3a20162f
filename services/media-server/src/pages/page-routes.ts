import { type App, ProblemError } from '@livepods/http'
import { answerProblems, type EventStream, type Frame, sendPage } from '@livepods/page'
import type { FastifyError } from 'fastify'
import { toProblem } from '../delivery/problems.ts'
import type { Hub } from '../hub/hub.ts'
import { parseStreamName } from '../stream-name.ts'
import { onAirPage } from './on-air-page.ts'
import { playerPage } from './player-page.ts'
import { problemPage } from './problem-page.ts'

interface Parts {
  frame: Frame
  hub: Pick<Hub, 'list'>
  listeners: EventStream
}

const config = { role: 'read' } as const
const schema = { hide: true }

/** What people open in a browser; failures are pages too. */
export function pageRoutes(app: App, { frame, hub, listeners }: Parts): void {
  app.register(async (pages: App) => {
    answerProblems(pages, {
      frame,
      toProblem: asProblem,
      problemPage: (problem, requestId) => problemPage(frame, problem, requestId),
    })

    pages.get('/', { config, schema }, async (_request, reply) => await sendPage(reply, onAirPage(frame, hub.list())))

    pages.get('/*', { config, schema }, async ({ url }, reply) => {
      const path = url.split('?', 1)[0] ?? ''
      const name = parseStreamName(path)
      if (!name || path !== `/${name}`) throw new ProblemError(404, `There is no page ${path.slice(0, 200)}.`)
      return await sendPage(reply, playerPage(frame, name))
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
  const problem = toProblem(error)
  if (problem) return problem
  const { statusCode = 500, message } = error as FastifyError
  if (statusCode < 500) return new ProblemError(statusCode, message)
  return new ProblemError(500, 'The server failed; its log says why. Load the page again.', { cause: error })
}
