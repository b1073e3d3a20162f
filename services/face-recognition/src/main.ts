import { ImageRoots } from '@livepods/images'
import { EnvironmentError, run } from '@livepods/service'
import { Env } from './config.ts'
import type { EngineName } from './engine/engine.ts'
import { Identifier } from './identifier.ts'
import type { IdentifyDependencies } from './identify.ts'
import { KnownPeople } from './known-people.ts'
import { buildServer } from './server.ts'
import { createRecogniser } from './worker-pool.ts'

const LOOK_EVERY_MS = 2000

await run({ service: 'face-recognition', env: Env }, async ({ config, log, ops, stack, signal }) => {
  const roots = ImageRoots.of(config)
  const maxBytes = config.IMAGE_MAX_MEGABYTES * 1024 * 1024
  const closeWithinMs = config.STOP_WITHIN_SECONDS * 700
  let loaded: IdentifyDependencies | undefined

  const recogniser = stack.use(
    await createRecogniser({
      engine: config.FACE_ENGINE,
      workers: config.FACE_WORKERS,
      queue: config.FACE_QUEUE,
      log,
    }).catch((error) => {
      throw new EnvironmentError([cannotLoad(config.FACE_ENGINE, error)])
    }),
  )
  const server = stack.use(buildServer({ log, maxBytes, closeWithinMs, dependencies: () => loaded }))
  ops.reports('workers', () => recogniser.report())
  ops.requires('workers', async () => {
    if (!recogniser.available) throw new Error('no worker is alive')
  })
  recogniser.onAvailable = (available) => {
    server.serving = available && loaded !== undefined
  }
  const grpcPort = await server.listen({ host: config.HOST, port: config.PORT })
  log.info({ grpcPort }, 'listening')

  const known = new KnownPeople({ roots, recogniser, maxBytes, concurrency: config.FACE_WORKERS, log })
  ops.reports('gallery', () => known.report())
  await known.load(signal)
  const watching = known.watch(LOOK_EVERY_MS, signal)
  stack.defer(() => watching)

  const identifier = new Identifier({ recogniser, matcher: known })
  loaded = { identifier, roots, maxBytes, threshold: config.FACE_THRESHOLD }
  server.serving = recogniser.available
})

const REMEDIES: Record<EngineName, string> = {
  onnx: 'onnxruntime-node runs on Linux with glibc (not Alpine), macOS and Windows: use such an image, or FACE_ENGINE=face-api with its optional packages',
  'face-api': 'install its optional packages, or build the image with them',
}

function cannotLoad(engine: EngineName, { message }: Error): string {
  return `FACE_ENGINE is "${engine}", but that cannot be loaded: ${REMEDIES[engine]}. ${message.split('\n')[0]}`
}
