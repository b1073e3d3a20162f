import { run } from '@livepods/service'
import { Env } from './config.ts'
import { ImageWatcher } from './watcher.ts'

await run({ service: 'image-watcher', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new ImageWatcher(options)).start()
})
