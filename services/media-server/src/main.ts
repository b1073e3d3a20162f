import { run } from '@livepods/service'
import { takeCommandLine } from './command-line.ts'
import { Env } from './config.ts'
import { MediaServer } from './media-server.ts'
import { Workers } from './workers.ts'

const { rest, notes } = takeCommandLine(process.argv.slice(2), process.env)

await run({ service: 'media-server', env: Env, args: rest }, async ({ stack, ...options }) => {
  const { WORKERS, WORKER } = options.config
  const isOne = WORKERS === 1 || WORKER !== undefined
  if (WORKER === undefined) for (const note of notes) options.log.warn({ note }, 'MEDIA_CONFIG has what has no effect')
  await stack.use(isOne ? new MediaServer(options) : new Workers(options)).start()
})
