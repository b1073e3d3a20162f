import { run } from '@livepods/service'
import { Env } from './config.ts'
import { ImageProcessor } from './image-processor.ts'

await run({ service: 'image-processor', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new ImageProcessor(options)).start()
})
