import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import { type Assets, EventStream, signInRoutes } from '@livepods/page'
import { type Log, PeriodicTask } from '@livepods/service'
import { streamRoutes } from './api/stream-routes.ts'
import { xiuRoutes } from './api/xiu-routes.ts'
import type { ClientDirectory } from './clients/client-directory.ts'
import { mediaHandler } from './delivery/media-handler.ts'
import { toProblem } from './delivery/problems.ts'
import { WebSocketFlv } from './flv/websocket-flv.ts'
import type { StreamAccess } from './hub/request.ts'
import type { Streams } from './hub/streams.ts'
import type { Notice } from './pages/browser-packages.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { takeQueryToken } from './pages/take-query-token.ts'
import { StreamEvents } from './stream-events.ts'
import { SAMPLE_EVERY_MS, StreamHistory } from './stream-history.ts'

export interface Parts {
  log: Log
  hub: Pick<Streams, 'list' | 'get' | 'kick' | 'close'>
  /** Who publishes and watches them. */
  clients: ClientDirectory
  /** What viewers and publishers ask. */
  streams: StreamAccess
  /** Who may come in; absent: everybody. */
  access?: Access
  assets: Assets
  /** Of the licences of what browsers are given. */
  notices: Notice[]
  /** Proxies in front that say who asks. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
  /** Aborts when requests are not to wait any longer; when the process is asked to stop unless given. */
  closing?: AbortSignal
}

const TELL_EVERY_MS = 1000

/** Media over HTTP, the API and the pages, not listening yet. */
export function buildApp({
  log,
  hub,
  clients,
  streams,
  access,
  assets,
  notices,
  trustProxy,
  draining,
  closing,
}: Parts): App {
  const takeMedia = mediaHandler({ streams, trustProxy, log, draining, closing })
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate: toProblem,
    handleFirst: (request, response) => {
      if (takeMedia(request, response)) return true
      takeQueryToken(request)
      return false
    },
    api: { title: 'media-server', description: 'What is on air.' },
  })
  app.server.on('upgrade', new WebSocketFlv({ streams, trustProxy, log }).upgrade)

  const apiEvents = new EventStream(app)
  const pageEvents = new EventStream(app)
  const events = new StreamEvents({ hub, apiEvents, pageEvents })
  const history = new StreamHistory(hub)
  const tasks = [
    new PeriodicTask(() => events.tell(), { everyMs: TELL_EVERY_MS }),
    new PeriodicTask(async () => history.take(), { everyMs: SAMPLE_EVERY_MS }),
  ]
  assets.serve(app)
  app.after(() => {
    const frame = { assets, links: [{ name: 'On air', url: '/' }], signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    streamRoutes(app, { hub, events, listeners: apiEvents })
    xiuRoutes(app, { hub, clients })
    pageRoutes(app, { frame, hub, history, notices, listeners: pageEvents })
  })
  app.addHook('onReady', async () => {
    for (const task of tasks) task.start()
  })
  app.addHook('preClose', async () => hub.close())
  app.addHook('onClose', async () => {
    await Promise.all(tasks.map((task) => task.stop()))
  })
  return app
}
