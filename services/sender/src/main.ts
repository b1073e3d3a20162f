import { run } from '@livepods/service'
import { Env } from './config.ts'
import { Sender } from './sender.ts'

await run({ service: 'sender', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new Sender(options)).start()
})
