import { Access } from '@livepods/access'
import type { GrpcServer } from '@livepods/grpc'
import { ImageRoots, openStore, removalFault, StoreWatch } from '@livepods/images'
import { EnvironmentError, gauge, type Log, type ServiceOptions } from '@livepods/service'
import type { Config } from './config.ts'
import { DescribedCache } from './engine/described-cache.ts'
import type { EngineName } from './engine/engine.ts'
import { Identifier } from './engine/identifier.ts'
import { readModels } from './engine/opencv/model-folder.ts'
import { createRecogniser } from './engine/worker-pool.ts'
import { DisplayNames } from './known/display-names.ts'
import { GalleryCache } from './known/gallery-cache.ts'
import { KnownChanges } from './known/known-changes.ts'
import { KnownPeople } from './known/known-people.ts'
import { watchKnownPeople } from './known/known-watch.ts'
import { openKnownStore } from './known/open-known-store.ts'
import { PersonKeys } from './known/person-keys.ts'
import { collectGarbage } from './memory.ts'
import { buildServer, type Dependencies, PICTURES } from './server.ts'

type Options = ServiceOptions<Config>

const LOOK_EVERY_MS = 2000

const REMEDIES: Record<EngineName, string> = {
  onnx: 'onnxruntime-node runs on Linux with glibc (not Alpine), macOS and Windows: use such an image, or FACE_ENGINE=face-api with its optional packages',
  opencv:
    'fetch its nets with "npx -y pnpm@12 --filter @livepods/face-recognition models", or name their folder in FACE_MODELS',
  'face-api': 'install its optional packages ("npx -y pnpm@12 install"), or build the image with them',
}

const storeIsThere = gauge({
  name: 'picture_store_available',
  help: '1 while the store of submitted photos is there, 0 while it is away.',
})

/** Finds, describes and compares faces in threads, for gRPC, and keeps up with the store of known people. */
export class FaceRecognition implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()

  constructor(options: Options) {
    this.#options = options
  }

  /**
   * Resolves when the known people are loaded; gRPC is answered before, with NOT_SERVING. Rejects with EnvironmentError when the
   * engine cannot be loaded, and with the signal's reason when it aborts meanwhile. Call it once.
   */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const roots = ImageRoots.of(config)
    const photos = stack.use(new StoreWatch({ store: stack.use(await openStore(config)) }))
    storeIsThere.set(1)
    const maxBytes = config.IMAGE_MAX_MEGABYTES * 1024 * 1024
    const store = stack.use(await openKnownStore(config, { roots, maxBytes }))
    const leftover = await removalFault(config)
    if (leftover !== undefined) throw new EnvironmentError([leftover])
    const access = stack.use(await Access.open(config, log))

    if (config.FACE_MODELS !== undefined && config.FACE_ENGINE !== 'opencv')
      await readModels(config.FACE_MODELS).catch((err) => log.warn({ err }, 'FACE_MODELS is of no use'))
    const recogniser = stack.use(
      await createRecogniser({
        engine: config.FACE_ENGINE,
        modelFolder: config.FACE_MODELS,
        workers: config.FACE_WORKERS,
        queue: config.FACE_QUEUE,
        maxFaces: config.MAX_FACES,
        log,
      }),
    )
    const results = new DescribedCache({ recogniser, maxBytes: config.FACE_RESULTS_MEGABYTES * 1024 * 1024 })
    const cache = config.GALLERY_DIR
      ? stack.use(new GalleryCache({ folder: config.GALLERY_DIR, engine: recogniser.engine, log }))
      : undefined
    const known = new KnownPeople({
      store,
      recogniser: results,
      maxBytes,
      concurrency: config.FACE_WORKERS,
      cache,
      keys: new PersonKeys({ threshold: config.FACE_THRESHOLD, folder: config.GALLERY_DIR, log }),
      forget: (content) => results.forget(content),
      onGallery: (gallery) => recogniser.share(gallery),
      log,
    })

    const names = new DisplayNames()
    let loaded: Dependencies | undefined
    const isReady = () => loaded !== undefined && recogniser.available
    const server = stack.use(
      buildServer({
        log,
        access,
        maxBytes,
        closeWithinMs: config.STOP_WITHIN_SECONDS * 700,
        dependencies: () => loaded,
        stats: { engine: recogniser.engine, isReady, workers: () => recogniser.report(), known, names, results },
        full: () => recogniser.full,
      }),
    )
    ops.reports('workers', () => recogniser.report())
    ops.reports('pictures', () => photos.report())
    ops.reports('gallery', () => known.report())
    ops.reports('results', () => results.report())
    ops.requires('workers', async () => {
      if (!recogniser.available) throw new Error('no worker is alive')
    })
    tellWhetherPicturesAreThere(photos, server, log)
    recogniser.onAvailable = () => {
      server.serving = isReady()
    }
    const grpcPort = await server.listen({ host: config.HOST, port: config.PORT })
    log.info({ grpcPort }, 'listening')

    const changes = new KnownChanges({ store, recogniser: results, maxBytes, known })
    const started = recogniser.started.catch((error) => {
      throw new EnvironmentError([cannotLoad(config.FACE_ENGINE, error)])
    })
    // A cached result needs no worker.
    await Promise.all([started, load(known, signal), photos.poll()])
    photos.start()
    stack.use(await watchKnownPeople({ known, hints: store.hints(), everyMs: LOOK_EVERY_MS, log }))

    loaded = {
      identifier: new Identifier({ recogniser: results, matcher: recogniser }),
      recogniser: results,
      matcher: recogniser,
      names,
      known,
      changes,
      photos,
      maxBytes,
      engine: recogniser.engine,
      threshold: config.FACE_THRESHOLD,
    }
    server.serving = isReady()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

function tellWhetherPicturesAreThere(photos: StoreWatch, server: GrpcServer, log: Log): void {
  photos.on('change', (away) => {
    storeIsThere.set(away ? 0 : 1)
    server.setPart(PICTURES, !away)
    if (away) log.warn({ err: away }, 'image store unavailable')
    else log.info('image store available again')
  })
}

async function load(known: KnownPeople, signal: AbortSignal): Promise<void> {
  await known.load(signal)
  // Loading leaves as much garbage as data, and nothing would soon start the collector.
  collectGarbage()
}

function cannotLoad(engine: EngineName, { message }: Error): string {
  return `FACE_ENGINE is "${engine}", but that cannot be loaded: ${REMEDIES[engine]}. ${message.split('\n')[0]}`
}
