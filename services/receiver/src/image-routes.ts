import { type App, Problem, ProblemSchema } from '@livepods/http'
import { StoreUnavailable } from '@livepods/images'
import type { Status } from '@livepods/photo'
import { Type } from 'typebox'
import type { Face, Image } from './image.ts'
import { IdSchema, ImageFilterSchema, ImageListSchema, ImageWithFacesSchema, PAGE } from './image-schemas.ts'
import type { Receipt } from './submissions.ts'
import type { Uploads } from './uploads.ts'

export interface Images {
  get(id: string): Promise<{ image: Image; faces: Face[] } | undefined>
  list(filter: { state?: Status; person?: number; before?: string; limit: number }): Promise<Image[]>
  delete(id: string): Promise<boolean>
}

interface Parts {
  images: Images
  uploads: Pick<Uploads, 'remove'>
}

const Params = Type.Object({ id: IdSchema })

/** Where the photo with this id is found. */
export const hrefOf = (id: string): string => `/v1/images/${id}`

/** What whoever sent a photo in is told. */
export function receiptOf({ id, status, dueAgain }: Pick<Receipt, 'id' | 'status' | 'dueAgain'>) {
  return { id, status, href: hrefOf(id), ...(dueAgain && { dueAgain }) }
}

/** What became of photos, and their deletion. */
export function imageRoutes(app: App, { images, uploads }: Parts): void {
  app.get(
    '/v1/images',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Photos, newest first',
        querystring: ImageFilterSchema,
        response: { 200: ImageListSchema, 400: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ query }) => {
      const { limit = PAGE, ...filter } = query
      const found = await images.list({ ...filter, limit: limit + 1 })
      const page = found.slice(0, limit)
      return { images: page.map(shown), next: found.length > page.length ? (page.at(-1)?.id ?? null) : null }
    },
  )

  app.get(
    '/v1/images/:id',
    {
      config: { role: 'read' },
      schema: {
        summary: 'A photo with its faces',
        params: Params,
        response: { 200: ImageWithFacesSchema, 404: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ params }) => {
      const { image, faces } = (await images.get(params.id)) ?? unknown(params.id)
      return { ...shown(image), faces }
    },
  )

  app.delete(
    '/v1/images/:id',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Delete a photo, its faces and, if it was uploaded, its file',
        params: Params,
        response: { 204: Type.Null(), 404: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ params }, reply) => {
      const { image } = (await images.get(params.id)) ?? unknown(params.id)
      // The file first: after a fault in between the photo is still listed, and can be deleted again.
      await uploads.remove(image.path).catch(notRemoved)
      await images.delete(params.id)
      return reply.code(204).send(null)
    },
  )
}

function notRemoved(error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  throw new Problem(503, `${error.message} Nothing was deleted; try again.`, {
    cause: error,
    headers: { 'retry-after': '5' },
  })
}

function shown(image: Image) {
  return {
    ...image,
    createdAt: image.createdAt.toISOString(),
    updatedAt: image.updatedAt.toISOString(),
    finishedAt: image.finishedAt?.toISOString() ?? null,
    href: hrefOf(image.id),
  }
}

function unknown(id: string): never {
  throw new Problem(404, `There is no photo ${id}.`)
}
