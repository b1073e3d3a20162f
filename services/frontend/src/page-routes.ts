import { mayDo } from '@livepods/access'
import { type App, ProblemError } from '@livepods/http'
import { type EventStream, type Frame, sendPage } from '@livepods/page'
import type { State, Status } from '@livepods/photo'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { breakerOf } from './breaker-status.ts'
import type { Live } from './live.ts'
import { answerProblems } from './page-problems.ts'
import type { KnownWatch } from './people/known-watch.ts'
import type { LivePeople } from './people/live-people.ts'
import type { PeopleStore } from './people/people-store.ts'
import { LABELS, type Label } from './photo.ts'
import type { PhotoStore } from './photo-store.ts'
import type { PipelineStatus } from './pipeline-status.ts'
import { reMatchOf } from './re-match-status.ts'
import { ChangeQuery, IMAGE_ID, ImageId } from './schemas.ts'
import type { Totals } from './totals.ts'
import { photoPage } from './views/photo-page.ts'
import { photosPage } from './views/photos-page.ts'
import { statusPage } from './views/status-page.ts'

interface Parts {
  frame: Frame
  store: PhotoStore
  peopleStore: Pick<PeopleStore, 'clusterSizes' | 'changeOf'>
  known: Pick<KnownWatch, 'fault'>
  totals: Totals
  pipeline: Pick<PipelineStatus, 'processes'>
  live: Pick<Live, 'welcome' | 'errors'>
  livePeople: Pick<LivePeople, 'welcome'>
  failuresUrl: string | undefined
  photoEvents: EventStream
  statusEvents: EventStream
  peopleEvents: EventStream
  threshold: number
  receiverUrl: string
}

/** Fills 2, 3, 4 and 6 columns without a rest. */
const PHOTOS_ON_A_PAGE = 48
const MOST_PEOPLE_TO_CHOOSE_FROM = 500

const MEANT: Record<Label, State | Status> = {
  pending: 'pending',
  processing: 'processing',
  known: 'identified',
  unknown: 'unidentified',
  // Also those without a face.
  failed: 'FAILED',
}

const config = { role: 'read' } as const

/** What people open in a browser; failures are pages too. */
export function pageRoutes(
  app: App,
  {
    frame,
    store,
    peopleStore,
    known,
    totals,
    pipeline,
    live,
    livePeople,
    photoEvents,
    statusEvents,
    peopleEvents,
    threshold,
    receiverUrl,
    failuresUrl,
  }: Parts,
): void {
  app.register(async (pages: App) => {
    answerProblems(pages, frame, failuresUrl)

    // A form sends empty values for what was not chosen.
    const querystring = Type.Object({
      state: Type.Optional(Type.Union([...LABELS, ''].map((state) => Type.Literal(state)))),
      person: Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,8})?$' })),
      before: Type.Optional(Type.String({ pattern: `${IMAGE_ID}|^$` })),
    })
    pages.get('/', { config, schema: { hide: true, querystring } }, async ({ query, role }, reply) => {
      const filter = {
        state: (query.state || undefined) as Label | undefined,
        person: query.person ? Number(query.person) : undefined,
        before: query.before || undefined,
      }
      const [{ photos, next }, counts, people, processes] = await Promise.all([
        store.page({ ...filter, state: filter.state && MEANT[filter.state] }, PHOTOS_ON_A_PAGE),
        totals.get(),
        store.peopleByName(MOST_PEOPLE_TO_CHOOSE_FROM, filter.person),
        pipeline.processes(),
      ])
      const [breaker, reMatch] = [breakerOf(processes), reMatchOf(processes)]
      const shown = {
        filter,
        photos,
        next,
        counts,
        people,
        breaker,
        reMatch,
        receiver: receiverUrl,
        maySend: mayDo(role, 'submit'),
      }
      return await sendPage(reply, photosPage(frame, shown))
    })

    const params = Type.Object({ id: ImageId })
    const photo = { hide: true, params, querystring: ChangeQuery }
    pages.get('/photos/:id', { config, schema: photo }, async (request, reply) => {
      const photo = await store.photo(request.params.id)
      if (!photo) throw new ProblemError(404, `There is no photo ${request.params.id}, or no longer.`)
      const [names, groups, change] = await Promise.all([
        store.peopleByName(MOST_PEOPLE_TO_CHOOSE_FROM),
        peopleStore.clusterSizes(photo.faces.flatMap(({ group }) => group ?? [])),
        peopleStore.changeOf(request.query.change),
      ])
      const mayChange = mayDo(request.role, 'manage')
      return await sendPage(
        reply,
        photoPage(frame, photo, { threshold, names, groups, change, mayChange, fault: known.fault }),
      )
    })

    pages.get('/chain', { config, schema: { hide: true } }, async (_request, reply) => {
      const [processes, errors] = await Promise.all([pipeline.processes(), live.errors()])
      return await sendPage(reply, statusPage(frame, processes, errors))
    })

    pages.get('/*', { config, schema: { hide: true } }, async (request) => {
      throw new ProblemError(404, `There is no page ${request.url.split('?', 1)[0]?.slice(0, 200)}.`)
    })
  })

  const schema = { hide: true, querystring: Type.Object({ at: Type.Optional(Type.Number({ default: 0 })) }) }
  // A stream that answers HEAD would never end.
  const options = { config: { ...config, streams: true }, schema, exposeHeadRoute: false }
  const listen =
    (events: EventStream, told: Pick<Live, 'welcome'>) =>
    async (request: { query: { at?: number } }, reply: FastifyReply) => {
      events.open(reply, told.welcome(request.query.at ?? 0))
      return reply
    }
  app.get('/events', options, listen(photoEvents, live))
  app.get('/chain/events', options, listen(statusEvents, live))
  app.get('/people/events', options, listen(peopleEvents, livePeople))
}
