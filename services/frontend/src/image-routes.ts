import { type App, Problem, ProblemSchema, strict } from '@livepods/http'
import { type Static, Type } from 'typebox'
import type { Face, Match, Person, Photo } from './photo.ts'
import type { Filter, KnownPerson } from './photo-store.ts'
import { ImageId, ImageSchema, PersonSchema, State } from './schemas.ts'

interface Store {
  page(filter: Filter, limit: number): Promise<{ photos: Photo[]; next: string | undefined }>
  photo(id: string): Promise<Photo | undefined>
  people(after: number, limit: number): Promise<{ people: KnownPerson[]; next: number | undefined }>
}

const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50 })
const config = { role: 'read' } as const
const errors = { '4xx': ProblemSchema, '5xx': ProblemSchema }

/** What the pages show, as JSON. */
export function imageRoutes(app: App, store: Store): void {
  const querystring = strict({
    state: Type.Optional(State),
    person: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
    before: Type.Optional(ImageId),
    limit: Type.Optional(Limit),
  })
  const list = Type.Object({
    images: Type.Array(ImageSchema),
    next: Type.Union([ImageId, Type.Null()], { description: '`before` of the next page' }),
  })
  app.get(
    '/v1/images',
    { config, schema: { querystring, response: { 200: list, ...errors } } },
    async (request, reply) => {
      const { limit = 50, ...filter } = request.query
      const { photos, next } = await store.page(filter, limit)
      reply.header('cache-control', 'no-store')
      return { images: photos.map(imageOf), next: next ?? null }
    },
  )

  const params = strict({ id: ImageId })
  app.get(
    '/v1/images/:id',
    { config, schema: { params, response: { 200: ImageSchema, ...errors } } },
    async (request, reply) => {
      const photo = await store.photo(request.params.id)
      if (!photo) throw new Problem(404, `There is no image ${request.params.id}.`)
      reply.header('cache-control', 'no-store')
      return imageOf(photo)
    },
  )

  const peopleQuery = strict({
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 })),
    limit: Type.Optional(Limit),
  })
  const people = Type.Object({
    people: Type.Array(PersonSchema),
    next: Type.Union([Type.Integer(), Type.Null()], { description: '`after` of the next page' }),
  })
  app.get(
    '/v1/people',
    { config, schema: { querystring: peopleQuery, response: { 200: people, ...errors } } },
    async (request, reply) => {
      const { after = 0, limit = 50 } = request.query
      const page = await store.people(after, limit)
      reply.header('cache-control', 'no-store')
      return { people: page.people, next: page.next ?? null }
    },
  )
}

function imageOf(photo: Photo): Static<typeof ImageSchema> {
  const { id, path, state, attempts, rounds } = photo
  return {
    id,
    href: `/v1/images/${id}`,
    path,
    state,
    outcome: photo.outcome ?? null,
    person: photo.person ?? null,
    attempts,
    rounds,
    claimedBy: photo.claimedBy ?? null,
    lastError: photo.lastError ?? null,
    truncated: photo.truncated,
    createdAt: photo.createdAt.toISOString(),
    claimedAt: photo.claimedAt?.toISOString() ?? null,
    finishedAt: photo.finishedAt?.toISOString() ?? null,
    updatedAt: photo.updatedAt.toISOString(),
    faces: photo.faces.map(faceOf),
  }
}

function faceOf({ id, x, y, width, height, score, known, decided, nearest, runnerUp }: Face) {
  return {
    id,
    box: { x, y, width, height },
    score,
    known,
    decided,
    nearest: matchOf(nearest),
    runnerUp: matchOf(runnerUp),
  }
}

function matchOf(match: (Person & Pick<Match, 'distance'>) | undefined) {
  return match ? { id: match.id, name: match.name, distance: match.distance ?? null } : null
}
