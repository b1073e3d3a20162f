import { Access } from '@livepods/access'
import { drain } from '@livepods/http'
import { openStore, removalFault } from '@livepods/images'
import { PhotoReader } from '@livepods/photo-api'
import { Publisher, producerHttpAddress } from '@livepods/queue'
import { EnvironmentError, reach, type ServiceOptions } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { DATABASE_LIMITS } from './limits.ts'
import { Notifier } from './notifier.ts'
import { OrphanCleaner } from './orphan-cleaner.ts'
import { removeOrphans } from './orphans.ts'
import { PhotoStore } from './photo-store.ts'
import { ResubmissionStore } from './resubmission-store.ts'
import { Resubmissions } from './resubmissions.ts'
import { Retention } from './retention.ts'
import { SubmissionStore } from './submission-store.ts'
import { Submissions } from './submissions.ts'
import { Uploads } from './uploads.ts'

type Options = ServiceOptions<Config>

/** Accepts photos over HTTP; deletes expired photos and orphaned uploads. */
export class Receiver implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()

  constructor(options: Options) {
    this.#options = options
  }

  /** Waits for the database; resolves when it listens. Rejects when the signal aborts before that. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const imageFiles = stack.use(await openStore(config))
    const fault = await removalFault(config)
    if (fault !== undefined) throw new EnvironmentError([fault])
    const access = stack.use(await Access.open(config, log))

    const database = stack.use(new Database({ ...databaseOptions(config), ...DATABASE_LIMITS }))
    const photoStore = new PhotoStore(database)
    ops.requires('database', () => photoStore.ping())
    await reach('database', () => photoStore.ping(), { log, signal })

    const publisher = stack.use(
      new Publisher({ address: producerHttpAddress(config.PRODUCER_ADDRESS, config.PRODUCER_HTTP_ADDRESS) }),
    )
    const notifier = stack.use(new Notifier(publisher, log))
    ops.reports('wakeUps', () => notifier.report())
    const resubmissions = new Resubmissions({ store: new ResubmissionStore(database), imageFiles })
    const submissions = new Submissions({ store: new SubmissionStore(database), notifier, imageFiles, resubmissions })
    ops.reports('submissions', () => submissions.report())

    const maxBytes = config.IMAGE_MAX_MEGABYTES * 1024 * 1024
    const uploads = new Uploads({ store: imageFiles, submissions, maxBytes })
    ops.reports('uploads', () => uploads.report())
    stack.use(new OrphanCleaner(() => removeOrphans({ store: imageFiles, photoStore }, { signal }), log))
    const days = config.RETENTION_DAYS
    if (days !== undefined) stack.use(new Retention({ photoStore, uploads, days, log }))

    const app = stack.use(
      buildApp({
        log,
        access,
        submissions,
        photos: new PhotoReader(database),
        photoStore,
        uploads,
        trustProxy: config.TRUST_PROXY,
        draining: signal,
      }),
    )
    await app.listen({ host: config.HOST, port: config.PORT })
    stack.defer(() => drain(config))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
