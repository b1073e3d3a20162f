import { once } from 'node:events'
import { createServer } from 'node:http'
import { run } from '@livepods/service'
import { Env } from './config.ts'

await run({ service: 'hello', env: Env }, async ({ config, stack }) => {
  const server = stack.use(createServer((_request, response) => response.end('hello')))
  server.listen(config.HELLO_PORT, config.HOST)
  await once(server, 'listening')
})
