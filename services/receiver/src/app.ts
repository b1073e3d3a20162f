import type { Access } from '@livepods/access'
import { type App, createApp, Problem } from '@livepods/http'
import { PathRefused, StoreFull, StoreUnavailable } from '@livepods/images'
import type { PhotoRoutesOptions } from '@livepods/photo-api'
import type { Log } from '@livepods/service'
import { DatabaseUnavailable } from '@livepods/sql'
import { Overfull } from './batcher.ts'
import { imageRoutes } from './image-routes.ts'
import { BATCHES_AT_ONCE, UPLOAD_WITHIN_MS, UPLOADS_AT_ONCE } from './limits.ts'
import { originalRoutes } from './original-routes.ts'
import { limitRequests } from './request-limit.ts'
import { type Submitting, submissionRoutes } from './submission-routes.ts'
import { KeyReused } from './submission-store.ts'
import type { Uploads } from './uploads.ts'

export interface Parts {
  log: Log
  submissions: Submitting
  photos: PhotoRoutesOptions['photos']
  images: { delete(id: string): Promise<boolean> }
  uploads: Pick<Uploads, 'remove' | 'take' | 'maxBytes'>
  /** Who may come in; absent: everybody. */
  access?: Access
  /** Proxies in front that say who asks. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
}

/** The receiver's API, not listening yet. */
export function buildApp({ log, access, submissions, photos, images, uploads, trustProxy, draining }: Parts): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate,
    receiveWithinMs: UPLOAD_WITHIN_MS,
    api: { title: 'receiver', description: 'Photos come in here, and here one asks what became of them.' },
  })
  const limitBatches = limitRequests(BATCHES_AT_ONCE)
  const limitUploads = limitRequests(UPLOADS_AT_ONCE, 'photos')
  app.register(async (routes: App) => {
    submissionRoutes(routes, { submissions, uploads, limitBatches, limitUploads, sort: translate })
    imageRoutes(routes, { photos, images, uploads })
  })
  app.register(originalRoutes, { submissions, limitBatches })
  return app
}

function translate(error: unknown): Problem | undefined {
  if (error instanceof PathRefused) return new Problem(400, error.message, { cause: error })
  if (error instanceof KeyReused) {
    const detail = 'This Idempotency-Key belongs to a photo with another path. Send a new key, or none.'
    return new Problem(422, detail, { cause: error })
  }
  if (error instanceof StoreFull)
    return new Problem(507, error.message, { cause: error, headers: { 'retry-after': '60' } })
  if (error instanceof StoreUnavailable)
    return new Problem(503, `${error.message} Nothing was stored; send the photo again.`, {
      cause: error,
      headers: { 'retry-after': '5' },
    })
  if (error instanceof Overfull) return later('Too many photos are waiting to be accepted.', error, 1)
  if (error instanceof DatabaseUnavailable) return later('The database does not answer.', error, 3)
  return undefined
}

function later(detail: string, cause: unknown, seconds: number): Problem {
  return new Problem(503, `${detail} Send the request again: a path that was accepted meanwhile keeps its id.`, {
    cause,
    headers: { 'retry-after': String(seconds) },
  })
}
