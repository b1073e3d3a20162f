import { run, runJob } from '@livepods/service'
import { Env } from './config.ts'
import { Outbox } from './outbox.ts'
import { Relay } from './relay.ts'

const service = 'relay'

// Takes what an orphaned folder has to the sink, and ends.
if (process.argv.includes('--drain')) {
  await runJob({ service, env: Env, args: [] }, async ({ config, log, stack, signal }) => {
    const outbox = stack.use(await Outbox.open(config, log))
    log.info(outbox.waiting, 'draining')
    await outbox.pump.empty(signal)
    log.info(outbox.waiting, 'drained')
  })
} else {
  await run({ service, env: Env }, async ({ stack, ...options }) => {
    await stack.use(new Relay(options)).start()
  })
}
