import { run } from '@livepods/service'
import { Env } from './config.ts'
import { MediaServer } from './media-server.ts'

await run({ service: 'media-server', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new MediaServer(options)).start()
})
