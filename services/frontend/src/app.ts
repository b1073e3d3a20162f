import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import { type Assets, EventStream, type Link, signInRoutes } from '@livepods/page'
import type { Log } from '@livepods/service'
import type { Chain } from './chain.ts'
import { imageRoutes } from './image-routes.ts'
import { Live } from './live.ts'
import { pageRoutes } from './page-routes.ts'
import type { PhotoStore } from './photo-store.ts'
import { type PictureSource, pictureRoutes } from './picture-routes.ts'
import { translate } from './problems.ts'
import { Ticker } from './ticker.ts'
import { Totals } from './totals.ts'

export interface Frontend {
  store: PhotoStore
  pictures: PictureSource
  chain: Pick<Chain, 'processes'>
  assets: Assets
  /** Pages of other services. */
  navigation: Link[]
  threshold: number
  /** What the empty page tells people to do. */
  submit: { url: string; folder: string }
  /** Who may come in; absent: everybody. */
  access?: Access
  /** Where docs/failures.md can be read. */
  failuresUrl?: string | undefined
  log: Log
}

const ASK_DATABASE_EVERY_MS = 1000
const ASK_CHAIN_EVERY_MS = 2000

/** The pages, their pictures, their events and their JSON; closes with everything that it started. */
export function buildApp(parts: Frontend): App {
  const { store, pictures, chain, assets, navigation, threshold, submit, access, failuresUrl, log } = parts
  const app = createApp({
    log,
    access,
    translate,
    api: { title: 'frontend', description: 'Photos and people, as the pages show them.' },
  })
  const totals = new Totals(store)
  const photoEvents = new EventStream(app)
  const chainEvents = new EventStream(app)
  const live = new Live({ store, totals, chain, photoEvents, chainEvents, failuresUrl, log })
  assets.serve(app)
  app.after(() => {
    const links = [{ name: 'Photos', url: '/' }, ...navigation, { name: 'Chain', url: '/chain' }]
    const frame = { assets, links, signOut: access?.required ?? false }
    signInRoutes(app, { frame, access })
    pageRoutes(app, { frame, store, totals, chain, live, photoEvents, chainEvents, threshold, submit, failuresUrl })
    pictureRoutes(app, { photos: store, pictures })
    imageRoutes(app, store)
  })

  const tickers = new AsyncDisposableStack()
  app.addHook('onReady', async () => {
    tickers.use(new Ticker(() => live.tellPhotos(), ASK_DATABASE_EVERY_MS))
    tickers.use(new Ticker(() => live.tellChain(), ASK_CHAIN_EVERY_MS))
  })
  app.addHook('onClose', async () => await tickers.disposeAsync())
  return app
}
