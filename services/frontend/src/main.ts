import { run } from '@livepods/service'
import { FrontendEnv } from './config.ts'
import { Frontend } from './frontend.ts'

await run({ service: 'frontend', env: FrontendEnv }, async ({ stack, ...options }) => {
  await stack.use(new Frontend(options)).start()
})
