import { run } from '@livepods/service'
import { Env } from './config.ts'
import { Sink } from './sink.ts'

await run({ service: 'sink', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new Sink(options)).start()
})
