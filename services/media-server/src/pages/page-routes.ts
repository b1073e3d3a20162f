import { type App, ProblemError } from '@livepods/http'
import { answerProblems, type EventStream, type Frame, sendPage } from '@livepods/page'
import type { FastifyError } from 'fastify'
import { toProblem } from '../delivery/problems.ts'
import type { Streams } from '../hub/streams.ts'
import type { StreamHistory } from '../stream-history.ts'
import { parseStreamName } from '../stream-name.ts'
import type { Notice } from './browser-packages.ts'
import { licensesPage } from './licenses-page.ts'
import { onAirPage } from './on-air-page.ts'
import { playerPage } from './player-page.ts'
import { problemPage } from './problem-page.ts'

interface Parts {
  frame: Frame
  hub: Pick<Streams, 'list' | 'get'>
  history: Pick<StreamHistory, 'of'>
  notices: Notice[]
  listeners: EventStream
}

const config = { role: 'read' } as const
const schema = { hide: true }

/** What people open in a browser; failures are pages too. */
export function pageRoutes(app: App, { frame, hub, history, notices, listeners }: Parts): void {
  app.register(async (pages: App) => {
    answerProblems(pages, {
      frame,
      toProblem: asProblem,
      problemPage: (problem, requestId) => problemPage(frame, problem, requestId),
    })

    pages.get('/', { config, schema }, async (_request, reply) => await sendPage(reply, onAirPage(frame, hub.list())))

    pages.get('/licenses', { config, schema }, async (_request, reply) => {
      return await sendPage(reply, licensesPage(frame, notices))
    })

    pages.get('/*', { config, schema }, async ({ url }, reply) => {
      const { path, query } = splitUrl(url)
      const name = parseStreamName(path)
      if (!name || path !== `/${name}`) throw new ProblemError(404, `There is no page ${path.slice(0, 200)}.`)
      // hls.js has a worker; it is a file of ours.
      reply.header('content-security-policy', `${reply.getHeader('content-security-policy')};worker-src 'self'`)
      const watched = { name, stream: hub.get(name), samples: history.of(name), query }
      return await sendPage(reply, playerPage(frame, watched))
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

/** As it was asked for: `URL` would make other names of some. */
function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const at = url.indexOf('?')
  return at < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at)) }
}

function asProblem(error: unknown): ProblemError {
  const problem = toProblem(error)
  if (problem) return problem
  const { statusCode = 500, message } = error as FastifyError
  if (statusCode < 500) return new ProblemError(statusCode, message)
  return new ProblemError(500, 'The server failed; its log says why. Load the page again.', { cause: error })
}
