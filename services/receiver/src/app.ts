import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import type { PhotoRoutesOptions } from '@livepods/photo-api'
import type { Log } from '@livepods/service'
import { imageRoutes } from './image-routes.ts'
import { kubeClusterSampleRoutes } from './kube-cluster-sample-routes.ts'
import { BATCHES_AT_ONCE, UPLOAD_WITHIN_MS, UPLOADS_AT_ONCE } from './limits.ts'
import { translate } from './problems.ts'
import { limitRequests } from './request-limit.ts'
import { type Submitting, submissionRoutes } from './submission-routes.ts'
import type { Uploads } from './uploads.ts'

export interface Parts {
  log: Log
  submissions: Submitting
  photos: PhotoRoutesOptions['photos']
  photoStore: { delete(id: string): Promise<boolean> }
  uploads: Pick<Uploads, 'remove' | 'take' | 'maxBytes'>
  /** Who may come in; absent: everybody. */
  access?: Access
  /** Proxies in front that say who asks. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
}

/** The receiver's API, not listening yet. */
export function buildApp({ log, access, submissions, photos, photoStore, uploads, trustProxy, draining }: Parts): App {
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
    submissionRoutes(routes, { submissions, uploads, limitBatches, limitUploads })
    imageRoutes(routes, { photos, photoStore, uploads })
  })
  app.register(kubeClusterSampleRoutes, { submissions, limitBatches })
  return app
}
