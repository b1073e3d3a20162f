import { Access, AccessToken } from '@livepods/access'
import { openStore } from '@livepods/images'
import { Assets, parseLinks } from '@livepods/page'
import type { ServiceOptions } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { buildApp } from './app.ts'
import type { FrontendConfig } from './config.ts'
import { FaceService } from './people/face-service.ts'
import { KnownWatch } from './people/known-watch.ts'
import { NameSender } from './people/name-sender.ts'
import { People } from './people/people.ts'
import { PeopleStore } from './people/people-store.ts'
import { PhotoStore } from './photo-store.ts'
import { Pictures } from './pictures.ts'
import { PipelineStatus } from './pipeline-status.ts'
import { Receiver } from './receiver.ts'

type Options = ServiceOptions<FrontendConfig>

/** Shows photos and people, and changes people. */
export class Frontend implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when it listens. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops } = this.#options
    const stack = this.#stack

    const database = stack.use(
      new Database({ ...databaseOptions(config), statementWithinMs: 5000, acquireWithinMs: 3000 }),
    )
    const access = stack.use(await Access.open(config, log))
    const pipeline = stack.use(new PipelineStatus(parseLinks(config.STATUS_URLS || config.CHAIN_URLS)))
    const photos = stack.use(await openStore(config))
    const maxBytes = config.IMAGE_MAX_MEGABYTES * 1024 * 1024
    const pictures = new Pictures({ photos, maxBytes })
    const token = stack.use(await AccessToken.open(config, log))
    const faces = stack.use(new FaceService(config.GRPC_ADDRESS, { token }))
    stack.use(new NameSender({ database, faces, log })).start()
    const people = new People({ database, faces, pictures, log })
    const app = stack.use(
      buildApp({
        store: new PhotoStore(database),
        pictures,
        receiver: stack.use(new Receiver(config.RECEIVER_URL, { token })),
        people: { people, store: new PeopleStore(database), known: new KnownWatch({ faces, people, log }), maxBytes },
        pipeline,
        assets: await Assets.read({ frontend: new URL('../assets/', import.meta.url) }),
        navigation: parseLinks(config.NAVIGATION),
        threshold: config.FACE_THRESHOLD,
        receiverUrl: config.RECEIVER_URL,
        access,
        trustProxy: config.TRUST_PROXY,
        failuresUrl: config.FAILURES_URL,
        log,
      }),
    )
    // Ready without the database: then the pages show that it is away, and the Status page is needed most.
    ops.reports('threshold', () => config.FACE_THRESHOLD)
    const address = await app.listen({ host: config.HOST, port: config.FRONTEND_PORT })
    log.info({ address }, 'listening')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
