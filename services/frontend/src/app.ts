import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import { type Assets, EventStream, type Link, signInRoutes } from '@livepods/page'
import { type Log, PeriodicTask } from '@livepods/service'
import { readForms } from './form.ts'
import { imageRoutes } from './image-routes.ts'
import { Live } from './live.ts'
import { pageRoutes } from './page-routes.ts'
import type { KnownWatch } from './people/known-watch.ts'
import { LivePeople } from './people/live-people.ts'
import { peoplePages } from './people-pages.ts'
import { type PeopleParts, peopleRoutes } from './people-routes.ts'
import type { PhotoStore } from './photo-store.ts'
import { type PictureSource, pictureRoutes } from './picture-routes.ts'
import type { PipelineStatus } from './pipeline-status.ts'
import { translate } from './problems.ts'
import type { Receiver } from './receiver.ts'
import { Totals } from './totals.ts'
import { uploadRoutes } from './upload-routes.ts'

export interface Parts {
  store: PhotoStore
  pictures: PictureSource
  /** Where photos go that people send. */
  receiver: Pick<Receiver, 'send'>
  people: PeopleParts & { known: Pick<KnownWatch, 'warnings' | 'fault' | 'state' | 'skipped' | 'poll'> }
  pipeline: Pick<PipelineStatus, 'processes'>
  assets: Assets
  /** Pages of other services. */
  navigation: Link[]
  threshold: number
  /** Where programs send photos, as the empty page tells. */
  receiverUrl: string
  /** Who may come in; absent: everybody. */
  access?: Access
  /** Proxies in front that say who asks. */
  trustProxy?: string | undefined
  /** Where docs/failures.md can be read. */
  failuresUrl?: string | undefined
  log: Log
}

const ASK_DATABASE_EVERY_MS = 1000
const POLL_PIPELINE_EVERY_MS = 2000
const ASK_FACES_EVERY_MS = 1000

/** The pages, their pictures, their events and their JSON; closes with everything that it started. */
export function buildApp(parts: Parts): App {
  const {
    store,
    pictures,
    receiver,
    people,
    pipeline,
    assets,
    navigation,
    threshold,
    receiverUrl,
    access,
    failuresUrl,
    log,
  } = parts
  const app = createApp({
    log,
    access,
    trustProxy: parts.trustProxy,
    translate,
    receiveWithinMs: 5 * 60_000,
    api: { title: 'frontend', description: 'Photos and people, as the pages show them.' },
  })
  const totals = new Totals(store)
  const photoEvents = new EventStream(app)
  const statusEvents = new EventStream(app)
  const peopleEvents = new EventStream(app)
  const livePeople = new LivePeople({ events: peopleEvents, store: people.store, pipeline, known: people.known, log })
  const live = new Live({ store, known: people.known, totals, pipeline, photoEvents, statusEvents, failuresUrl, log })
  const photoTask = new PeriodicTask(() => live.tellPhotos(), { everyMs: ASK_DATABASE_EVERY_MS })
  const tasks = [
    photoTask,
    new PeriodicTask(() => live.tellProcesses(), { everyMs: POLL_PIPELINE_EVERY_MS }),
    new PeriodicTask(() => livePeople.tell(), { everyMs: ASK_DATABASE_EVERY_MS }),
    new PeriodicTask(() => people.known.poll(), { everyMs: ASK_FACES_EVERY_MS }),
  ]
  assets.serve(app)
  app.after(() => {
    const own = [
      { name: 'Photos', url: '/' },
      { name: 'People', url: '/people' },
    ]
    const links = [...own, ...navigation, { name: 'Status', url: '/chain' }]
    const frame = { assets, links, signOut: access?.required ?? false }
    readForms(app)
    signInRoutes(app, { frame, access })
    pageRoutes(app, {
      ...{
        frame,
        store,
        peopleStore: people.store,
        known: people.known,
        totals,
        pipeline,
        live,
        livePeople,
        threshold,
        receiverUrl,
        failuresUrl,
      },
      ...{ photoEvents, statusEvents, peopleEvents },
    })
    peoplePages(app, { ...people, frame, photos: store, pipeline, failuresUrl })
    peopleRoutes(app, people)
    pictureRoutes(app, { photos: store, people: people.store, pictures })
    imageRoutes(app, store)
    uploadRoutes(app, { frame, receiver, failuresUrl, accepted: () => photoTask.runNow() })
  })

  app.addHook('onReady', async () => {
    for (const task of tasks) task.start()
  })
  app.addHook('onClose', async () => void (await Promise.all(tasks.map((task) => task.stop()))))
  return app
}
