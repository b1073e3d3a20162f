import { run } from '@livepods/service'
import { Env } from './config.ts'
import { MediaServer } from './media-server.ts'
import { Workers } from './workers.ts'

await run({ service: 'media-server', env: Env }, async ({ stack, ...options }) => {
  const { WORKERS, WORKER } = options.config
  const isOne = WORKERS === 1 || WORKER !== undefined
  await stack.use(isOne ? new MediaServer(options) : new Workers(options)).start()
})
