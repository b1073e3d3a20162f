import { type App, ProblemSchema, strict } from '@livepods/http'
import { type PhotoRoutesOptions, photoRoutes } from '@livepods/photo-api'
import { Type } from 'typebox'
import type { KnownPerson } from './photo-store.ts'
import { PersonSchema } from './schemas.ts'

type Store = PhotoRoutesOptions['photos'] & {
  people(after: number, limit: number): Promise<{ people: KnownPerson[]; next: number | undefined }>
}

/** The words of the pages, which the filter `state` took before it had words of its own. */
const FORMER_STATES = { known: 'identified', unknown: 'unidentified' } as const

/** What the pages show, as JSON. */
export function imageRoutes(app: App, store: Store): void {
  photoRoutes(app, { photos: store, formerStates: FORMER_STATES })

  const querystring = strict({
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  })
  const people = Type.Object({
    people: Type.Array(PersonSchema),
    next: Type.Union([Type.Integer(), Type.Null()], { description: '`after` of the next page' }),
  })
  app.get(
    '/v1/people',
    {
      config: { role: 'read' },
      schema: { querystring, response: { 200: people, '4xx': ProblemSchema, '5xx': ProblemSchema } },
    },
    async (request, reply) => {
      const { after = 0, limit = 50 } = request.query
      const page = await store.people(after, limit)
      reply.header('cache-control', 'no-store')
      return { people: page.people, next: page.next ?? null }
    },
  )
}
