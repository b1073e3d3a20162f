import { run } from '@livepods/service'
import { Colorbar } from './colorbar.ts'
import { Env } from './config.ts'

await run({ service: 'colorbar', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new Colorbar(options)).start()
})
