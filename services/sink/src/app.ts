import type { Access } from '@livepods/access'
import { type App, createApp, type Tls } from '@livepods/http'
import { type Assets, EventStream, signInRoutes } from '@livepods/page'
import type { Log } from '@livepods/service'
import { ANSWER_WITHIN_MS } from './limits.ts'
import { type MessageRoutesOptions, messageRoutes } from './message-routes.ts'
import { MessageEvents } from './pages/message-events.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { translate } from './problems.ts'
import { type ReportRoutesOptions, reportRoutes } from './report-routes.ts'
import type { ReportStore } from './report-store.ts'
import { sinkPhpRoute } from './sink-php-route.ts'

export interface Parts extends MessageRoutesOptions, Omit<ReportRoutesOptions, 'reports'> {
  log: Log
  reports: ReportStore
  assets: Assets
  /** Checks access tokens; absent: everybody may do everything. */
  access?: Access
  /** Proxies whose X-Forwarded-For is trusted, as in ProxyEnv. */
  trustProxy?: string | undefined
  /** Absent: plain HTTP. */
  tls?: Tls | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
}

/** Messages, report and page over HTTP, not listening yet. */
export function buildApp({ log, access, trustProxy, tls, draining, assets, reports, ...parts }: Parts): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    tls,
    ...(draining && { draining }),
    translate,
    answerWithinMs: ANSWER_WITHIN_MS,
    api: { title: 'sink', description: 'Takes messages: each once, and those of a stream in order.' },
  })
  const pages = new EventStream(app)
  const events = new MessageEvents({ reports, pages, log })
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'Messages', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    reportRoutes(app, { reports, ...parts })
    pageRoutes(app, { frame, reports, listeners: pages })
  })
  app.register(messageRoutes, parts)
  app.register(sinkPhpRoute, parts)
  app.addHook('onReady', async () => events.start())
  app.addHook('onClose', async () => await events.stop())
  return app
}
