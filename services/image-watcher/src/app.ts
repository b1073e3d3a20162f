import type { Access } from '@livepods/access'
import { type App, createApp, ProblemError } from '@livepods/http'
import { type Assets, EventStream, signInRoutes } from '@livepods/page'
import type { Log } from '@livepods/service'
import { ClusterError } from './cluster/errors.ts'
import type { History } from './history.ts'
import { type HookRoutesOptions, hookRoutes } from './hooks/receiver.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { type StatusRoutesOptions, statusRoutes } from './status-routes.ts'

export interface Parts extends HookRoutesOptions, StatusRoutesOptions {
  log: Log
  history: History
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
  history.listen(() => listeners.send('reload', 0))
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'Delivery', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    statusRoutes(app, { history, ...parts })
    pageRoutes(app, { frame, history, listeners, ...parts })
  })
  app.register(hookRoutes, parts)
  return app
}

function translate(error: unknown): ProblemError | undefined {
  if (error instanceof ClusterError)
    return new ProblemError(503, error.message, { cause: error, headers: { 'retry-after': '5' } })
  return undefined
}
