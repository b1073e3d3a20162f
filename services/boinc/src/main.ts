import { run } from '@livepods/service'
import { Boinc } from './boinc.ts'
import { Env } from './config.ts'

await run({ service: 'boinc', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new Boinc(options)).start()
})
