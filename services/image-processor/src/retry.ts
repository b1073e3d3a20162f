import { reach, runJob } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { RetryEnv } from './config.ts'
import { DueStore } from './due-store.ts'

await runJob({ service: 'retry', env: RetryEnv }, async ({ config, log, stack, signal }) => {
  const database = stack.use(new Database(databaseOptions(config)))
  const due = new DueStore(database)
  await reach('database', () => database.ping(), { log, signal })
  const images = await due.retry(config.MAX_ROUNDS)
  log.info({ images, maxRounds: config.MAX_ROUNDS }, 'failed images are due again')
})
