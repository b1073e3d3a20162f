import type { Access } from '@livepods/access'
import { type App, createApp } from '@livepods/http'
import type { PhotoRoutesOptions } from '@livepods/photo-api'
import type { Log } from '@livepods/service'
import { imageRoutes } from './image-routes.ts'
import { kubeClusterSampleRoutes } from './kube-cluster-sample-routes.ts'
import { MAX_CONCURRENT_BATCHES, UPLOAD_WITHIN_MS } from './limits.ts'
import { translate } from './problems.ts'
import { type LimitRequests, limitRequests } from './request-limit.ts'
import { type Submitter, submissionRoutes } from './submission-routes.ts'
import { limitUploads } from './upload-slots.ts'
import type { Uploads } from './uploads.ts'

export interface Dependencies {
  log: Log
  submissions: Submitter
  photos: PhotoRoutesOptions['photos']
  photoStore: { delete(id: string): Promise<boolean> }
  uploads: Pick<Uploads, 'remove' | 'accept' | 'maxBytes'>
  /** Checks access tokens; absent: everybody may call everything. */
  access?: Access
  /** Proxies whose X-Forwarded-For is trusted, as in ProxyEnv. */
  trustProxy?: string | undefined
  /** Aborts when the process is asked to stop. */
  draining?: AbortSignal
  uploadSlots?: LimitRequests
}

/** The receiver's API, not listening yet. */
export function buildApp({
  log,
  access,
  submissions,
  photos,
  photoStore,
  uploads,
  trustProxy,
  draining,
  uploadSlots = limitUploads(),
}: Dependencies): App {
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate,
    receiveWithinMs: UPLOAD_WITHIN_MS,
    api: { title: 'receiver', description: 'Submit photos, and read what became of them.' },
  })
  const limitBatches = limitRequests(MAX_CONCURRENT_BATCHES)
  app.register(async (routes: App) => {
    submissionRoutes(routes, { submissions, uploads, limitBatches, limitUploads: uploadSlots })
    imageRoutes(routes, { photos, photoStore, uploads })
  })
  app.register(kubeClusterSampleRoutes, { submissions, limitBatches })
  return app
}
