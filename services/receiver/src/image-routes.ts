import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { StoreUnavailableError } from '@livepods/images'
import { STATUSES } from '@livepods/photo'
import { IdSchema, type PhotoRoutesOptions, photoRoutes } from '@livepods/photo-api'
import { Type } from 'typebox'
import type { Uploads } from './uploads.ts'

interface Dependencies {
  photos: PhotoRoutesOptions['photos']
  photoStore: { delete(id: string): Promise<boolean> }
  uploads: Pick<Uploads, 'remove'>
}

/** The values of `status`, which the filter `state` accepted before it had values of its own. */
const FORMER_STATES = Object.fromEntries(STATUSES.map((status) => [status, status]))

/** Reads and deletes photos. */
export function imageRoutes(app: App, { photos, photoStore, uploads }: Dependencies): void {
  photoRoutes(app, { photos, formerStates: FORMER_STATES })

  app.delete(
    '/v1/images/:id',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Delete a photo, its faces and, if it was uploaded, its file',
        params: Type.Object({ id: IdSchema }),
        response: { 204: Type.Null(), 404: ProblemSchema, 503: ProblemSchema },
      },
    },
    async ({ params }, reply) => {
      const photo = await photos.photo(params.id)
      if (!photo) throw new ProblemError(404, `There is no photo ${params.id}.`)
      // The file first: after a failure in between the photo is still listed, and deleting it can be retried.
      await uploads.remove(photo.path).catch(throwNotRemoved)
      await photoStore.delete(params.id)
      return reply.code(204).send(null)
    },
  )
}

function throwNotRemoved(error: unknown): never {
  if (!(error instanceof StoreUnavailableError)) throw error
  throw new ProblemError(503, `${error.message} Nothing was deleted; try again.`, {
    cause: error,
    headers: { 'retry-after': '5' },
  })
}
