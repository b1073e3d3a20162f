import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import { type Assets, EventStream, signInRoutes } from '@livepods/page'
import { type Log, PeriodicTask } from '@livepods/service'
import { streamRoutes } from './api/stream-routes.ts'
import { mediaHandler } from './delivery/media-handler.ts'
import { toProblem } from './delivery/problems.ts'
import { WebSocketFlv } from './flv/websocket-flv.ts'
import type { Hub } from './hub/hub.ts'
import type { StreamAccess } from './hub/request.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { StreamEvents } from './stream-events.ts'

export interface Parts {
  log: Log
  hub: Hub
  /** What viewers and publishers ask. */
  streams: StreamAccess
  /** Who may come in; absent: everybody. */
  access?: Access
  assets: Assets
  /** Proxies in front that say who asks. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
}

const TELL_EVERY_MS = 1000

/** Media over HTTP, the API and the pages, not listening yet. */
export function buildApp({ log, hub, streams, access, assets, trustProxy, draining }: Parts): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate: toProblem,
    handleFirst: mediaHandler({ streams, trustProxy, log, draining }),
    api: { title: 'media-server', description: 'What is on air.' },
  })
  app.server.on('upgrade', new WebSocketFlv({ streams, trustProxy, log }).upgrade)

  const apiEvents = new EventStream(app)
  const pageEvents = new EventStream(app)
  const events = new StreamEvents({ hub, apiEvents, pageEvents })
  const telling = new PeriodicTask(() => events.tell(), { everyMs: TELL_EVERY_MS })
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'On air', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    streamRoutes(app, { hub, events, listeners: apiEvents })
    pageRoutes(app, { frame, hub, listeners: pageEvents })
  })
  app.addHook('onReady', async () => telling.start())
  app.addHook('preClose', async () => hub.close())
  app.addHook('onClose', async () => await telling.stop())
  return app
}
