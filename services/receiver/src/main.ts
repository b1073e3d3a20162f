import { run } from '@livepods/service'
import { Env } from './config.ts'
import { Receiver } from './receiver.ts'

await run({ service: 'receiver', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new Receiver(options)).start()
})
