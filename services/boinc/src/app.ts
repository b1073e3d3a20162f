import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import { type Assets, EventStream, sendPage, signInRoutes } from '@livepods/page'
import type { Log } from '@livepods/service'
import { computePage } from './page.ts'
import { type RoutesOptions, routes } from './routes.ts'
import type { Worker } from './worker.ts'

export interface Parts extends RoutesOptions {
  worker: RoutesOptions['worker'] & Pick<Worker, 'listen'>
  log: Log
  assets: Assets
  /** Checks access tokens; absent: everybody may do everything. */
  access?: Access | undefined
  /** Proxies whose X-Forwarded-For is trusted, as in ProxyEnv. */
  trustProxy?: string | undefined
}

/** API and page over HTTP, not listening yet. */
export function buildApp({ log, access, trustProxy, assets, worker }: Parts): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    api: { title: 'boinc', description: 'Gives spare CPU time to science.' },
  })
  const listeners = new EventStream(app)
  worker.listen(() => listeners.send('reload', 0))
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'Compute', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    routes(app, { worker })
    const config = { role: 'read' } as const
    const schema = { hide: true }
    app.get('/', { config, schema }, async (_request, reply) => await sendPage(reply, computePage(frame, worker)))
    // A stream that answers HEAD would never end.
    const options = { config: { ...config, streams: true }, schema, exposeHeadRoute: false }
    app.get('/events', options, async (_request, reply) => {
      // The page may be older than the next change.
      listeners.open(reply, [['reload', 0]])
      return reply
    })
  })
  return app
}
