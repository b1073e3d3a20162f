import { Access } from '@livepods/access'
import { ImageRoots, openStore, removalFault, StoreWatch } from '@livepods/images'
import { EnvironmentError, gauge, run } from '@livepods/service'
import { Env } from './config.ts'
import { DescribedCache } from './engine/described-cache.ts'
import type { EngineName } from './engine/engine.ts'
import { Identifier } from './engine/identifier.ts'
import { createRecogniser } from './engine/worker-pool.ts'
import { GalleryCache } from './known/gallery-cache.ts'
import { KnownChanges } from './known/known-changes.ts'
import { KnownPeople } from './known/known-people.ts'
import { openKnownStore } from './known/known-store.ts'
import { watchKnownPeople } from './known/known-watch.ts'
import { collectGarbage, collectSeldom, keepYoungHeapSmall } from './memory.ts'
import { buildServer, type Dependencies, PICTURES } from './server.ts'

const LOOK_EVERY_MS = 2000

// Above `run`, which may need it before the end of the file is reached.
const REMEDIES: Record<EngineName, string> = {
  onnx: 'onnxruntime-node runs on Linux with glibc (not Alpine), macOS and Windows: use such an image, or FACE_ENGINE=face-api with its optional packages',
  'face-api': 'install its optional packages, or build the image with them',
}

const storeIsThere = gauge({
  name: 'picture_store_available',
  help: '1 while the store of submitted photos is there, 0 while it is away.',
})

keepYoungHeapSmall()
collectSeldom()
await run({ service: 'face-recognition', env: Env }, async ({ config, log, ops, stack, signal }) => {
  const roots = ImageRoots.of(config)
  const photos = stack.use(
    new StoreWatch({
      store: stack.use(await openStore(config)),
      onChange: (away) => {
        storeIsThere.set(away ? 0 : 1)
        server.setPart(PICTURES, !away)
        if (away) log.warn({ err: away }, 'the store of pictures is away')
        else log.info('the store of pictures is back')
      },
    }),
  )
  storeIsThere.set(1)
  const maxBytes = config.IMAGE_MAX_MEGABYTES * 1024 * 1024
  const store = stack.use(await openKnownStore(config, { roots, maxBytes }))
  const leftover = await removalFault(config)
  if (leftover !== undefined) throw new EnvironmentError([leftover])
  const closeWithinMs = config.STOP_WITHIN_SECONDS * 700
  const access = stack.use(await Access.open(config, log))
  let loaded: Dependencies | undefined

  const recogniser = stack.use(
    await createRecogniser({
      engine: config.FACE_ENGINE,
      workers: config.FACE_WORKERS,
      queue: config.FACE_QUEUE,
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
    forget: (content) => results.forget(content),
    onGallery: (gallery) => recogniser.share(gallery),
    log,
  })
  const stats = {
    engine: recogniser.engine,
    isReady: () => loaded !== undefined && recogniser.available,
    workers: () => recogniser.report(),
    known,
    results,
  }
  const server = stack.use(
    buildServer({
      log,
      access,
      maxBytes,
      closeWithinMs,
      dependencies: () => loaded,
      stats,
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
  recogniser.onAvailable = () => {
    server.serving = stats.isReady()
  }
  const grpcPort = await server.listen({ host: config.HOST, port: config.PORT })
  log.info({ grpcPort }, 'listening')

  const changes = new KnownChanges({ store, recogniser: results, maxBytes, known })
  const load = async () => {
    await known.load(signal)
    // What loading leaves behind is as much as what it loaded, and nothing would soon make the collector look.
    collectGarbage()
  }
  const started = recogniser.started.catch((error) => {
    throw new EnvironmentError([cannotLoad(config.FACE_ENGINE, error)])
  })
  // What was described once needs no worker.
  await Promise.all([started, load(), photos.look()])
  photos.start()
  stack.use(await watchKnownPeople({ known, hints: store.hints(), everyMs: LOOK_EVERY_MS, log }))

  loaded = {
    identifier: new Identifier({ recogniser: results, matcher: recogniser }),
    recogniser: results,
    matcher: recogniser,
    known,
    changes,
    photos,
    maxBytes,
    engine: recogniser.engine,
    threshold: config.FACE_THRESHOLD,
  }
  server.serving = stats.isReady()
})

function cannotLoad(engine: EngineName, { message }: Error): string {
  return `FACE_ENGINE is "${engine}", but that cannot be loaded: ${REMEDIES[engine]}. ${message.split('\n')[0]}`
}
