import type { Access } from '@livepods/access'
import { type App, createApp, ProblemError } from '@livepods/http'
import { type Assets, answerProblems, EventStream, signInRoutes } from '@livepods/page'
import type { Log } from '@livepods/service'
import type { FastifyError } from 'fastify'
import { ClusterError, isConflict } from './cluster/errors.ts'
import type { History } from './history.ts'
import { type HookRoutesOptions, hookRoutes } from './hooks/receiver.ts'
import { orderRoutes } from './pages/order-routes.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { problemPage } from './pages/problem-page.ts'
import type { Reconciler } from './reconciler.ts'
import type { Changes } from './rollout/changes.ts'
import { OrderError } from './rollout/orders.ts'
import { type StatusRoutesOptions, statusRoutes } from './status-routes.ts'

export interface Parts extends HookRoutesOptions, Omit<StatusRoutesOptions, 'reconciler'> {
  log: Log
  reconciler: Pick<Reconciler, 'workloads' | 'reports' | 'faults' | 'listen'>
  history: History
  changes: Changes
  assets: Assets
  /** Checks access tokens; absent: everybody may do everything. */
  access?: Access | undefined
  /** Proxies whose X-Forwarded-For is trusted, as in ProxyEnv. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
}

/** Hooks, API and page over HTTP, not listening yet. */
export function buildApp({ log, access, trustProxy, draining, assets, history, ...parts }: Parts): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate,
    api: { title: 'image-watcher', description: 'Keeps workloads on the newest digest of their tag.' },
  })
  const listeners = new EventStream(app)
  const tell = () => listeners.send('reload', 0)
  history.listen(tell)
  parts.reconciler.listen(tell)
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'Delivery', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    statusRoutes(app, { history, ...parts })
    app.register(async (pages: App) => {
      answerProblems(pages, {
        frame,
        toProblem: asProblem,
        problemPage: (problem, requestId) => problemPage(frame, problem, requestId),
      })
      pageRoutes(pages, { frame, history, listeners, ...parts })
      orderRoutes(pages, { ...parts })
    })
  })
  app.register(hookRoutes, parts)
  return app
}

function translate(error: unknown): ProblemError | undefined {
  if (isConflict(error)) return new ProblemError(409, 'It was changed meanwhile. Look at it again.', { cause: error })
  if (error instanceof OrderError) return new ProblemError(409, error.message, { cause: error })
  if (error instanceof ClusterError)
    return new ProblemError(503, error.message, { cause: error, headers: { 'retry-after': '5' } })
  return undefined
}

function asProblem(error: unknown): ProblemError {
  const problem = error instanceof ProblemError ? error : translate(error)
  if (problem) return problem
  const { statusCode = 500, message } = error as FastifyError
  if (statusCode < 500) return new ProblemError(statusCode, message)
  return new ProblemError(500, 'The server failed; its log says why. Load the page again.', { cause: error })
}
