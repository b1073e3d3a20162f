import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import type { State, Status } from '@livepods/photo'
import { type Static, Type } from 'typebox'
import type { Face, Match, Photo } from './photo.ts'
import type { Filter, Page } from './photo-reader.ts'
import { hrefOf, IdSchema, ImageListSchema, ImageSchema, imageQuery, PAGE } from './schemas.ts'

export interface PhotoRoutesOptions {
  photos: {
    page(filter: Filter, limit: number): Promise<Page>
    photo(id: string): Promise<Photo | undefined>
  }
  /** What clients of this service have sent as `state` before, and what that means. */
  formerStates: Record<string, State | Status>
}

/** GET /v1/images and /v1/images/{id}: what became of photos, the same at every service that tells it. */
export function photoRoutes(app: App, { photos, formerStates }: PhotoRoutesOptions): void {
  app.get(
    '/v1/images',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Photos, newest first',
        querystring: imageQuery(Object.keys(formerStates)),
        response: { 200: ImageListSchema, 400: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ query: { limit = PAGE, state, ...filter } }, reply) => {
      const meant = state === undefined ? undefined : (formerStates[state] ?? (state as State))
      const page = await photos.page({ ...filter, state: meant }, limit)
      reply.header('cache-control', 'no-store')
      return { images: page.photos.map(imageOf), next: page.next ?? null }
    },
  )

  app.get(
    '/v1/images/:id',
    {
      config: { role: 'read' },
      schema: {
        summary: 'A photo with its faces',
        params: Type.Object({ id: IdSchema }),
        response: { 200: ImageSchema, 400: ProblemSchema, 404: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ params }, reply) => {
      const photo = await photos.photo(params.id)
      if (!photo) throw new ProblemError(404, `There is no photo ${params.id}.`)
      reply.header('cache-control', 'no-store')
      return imageOf(photo)
    },
  )
}

function imageOf({
  id,
  path,
  status,
  state,
  final,
  attempts,
  rounds,
  truncated,
  incomplete,
  moreFaces,
  ...photo
}: Photo): Static<typeof ImageSchema> {
  return {
    ...{ id, href: hrefOf(id), path, status, state, final, attempts, rounds, truncated, incomplete, moreFaces },
    outcome: photo.outcome ?? null,
    person: photo.person ?? null,
    claimedBy: photo.claimedBy ?? null,
    lastError: photo.lastError ?? null,
    createdAt: photo.createdAt.toISOString(),
    claimedAt: photo.claimedAt?.toISOString() ?? null,
    finishedAt: photo.finishedAt?.toISOString() ?? null,
    updatedAt: photo.updatedAt.toISOString(),
    faces: photo.faces.map(faceOf),
  }
}

function faceOf({ id, x, y, width, height, score, quality, known, decided, distance, nearest, runnerUp }: Face) {
  return {
    id,
    box: { x, y, width, height },
    score,
    quality: quality ?? null,
    known,
    decided,
    person: known && nearest ? { id: nearest.id, name: nearest.name } : null,
    distance: distance ?? null,
    nearest: matchOf(nearest),
    runnerUp: matchOf(runnerUp),
  }
}

function matchOf(match: Match | undefined) {
  return match ? { id: match.id, name: match.name, distance: match.distance ?? null } : null
}
