// A service that opens two things and does what BEHAVIOUR says.
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { reach, run } from '../../src/index.ts'
import { ServiceEnv } from '../../src/service-env.ts'

const Env = Type.Object({ ...ServiceEnv, BEHAVIOUR: Type.String({ default: 'good' }) })

await run({ service: 'example', env: Env }, async ({ config, log, ops, stack, signal }) => {
  stack.defer(() => log.info('closed the first'))
  stack.defer(async () => {
    log.info('closing the second')
    if (config.BEHAVIOUR === 'hangs') await sleep(60_000)
  })
  if (config.BEHAVIOUR === 'fails') throw new Error('no licence')
  if (config.BEHAVIOUR === 'waits') {
    await reach('database', () => Promise.reject(new Error('not there')), { log, signal })
  }
  if (config.BEHAVIOUR === 'crashes') setImmediate(() => JSON.parse('{'))
  ops.requires('database', async () => {
    if (config.BEHAVIOUR === 'lame') throw new Error('database is away')
  })
  ops.reports('answer', () => 42)
})
