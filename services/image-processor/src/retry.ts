import { environmentTable, type Log, reach, runJob } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { RetryEnv } from './config.ts'
import { DueStore, type Retried } from './due-store.ts'
import { type RetryOptions, readRetryOptions, USAGE, UsageError } from './retry-options.ts'

const { dryRun } = optionsOrExit()

await runJob({ service: 'retry', env: RetryEnv }, async ({ config, log, stack, signal }) => {
  const { MAX_ROUNDS } = config
  const database = stack.use(new Database(databaseOptions(config)))
  const due = new DueStore(database)
  await reach('database', () => database.ping(), { log, signal })
  if (dryRun) return tell(log, await due.retryable(MAX_ROUNDS))
  let done: Retried = { EXHAUSTED: 0, MISSING: 0 }
  try {
    for await (done of due.retry(MAX_ROUNDS)) signal.throwIfAborted()
  } finally {
    // What was done before a fault is done.
    tell(log, done)
  }
})

/** A sentence for people, apart from the log, and a line for programs in it. */
function tell(log: Log, { EXHAUSTED, MISSING }: Retried): void {
  const images = EXHAUSTED + MISSING
  const photos = images === 1 ? '1 photo' : `${images} photos`
  const parts = `${EXHAUSTED} exhausted, ${MISSING} missing`
  console.error(
    dryRun ? `${photos} would be due again (${parts}); nothing was changed.` : `${photos} due again (${parts}).`,
  )
  log.info({ images, exhausted: EXHAUSTED, missing: MISSING, dryRun }, dryRun ? 'nothing changed' : 'images due again')
}

function optionsOrExit(): RetryOptions {
  try {
    const options = readRetryOptions(process.argv.slice(2))
    if (!options.help) return options
    console.log(USAGE + environmentTable(RetryEnv))
    process.exit(0)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${USAGE}`)
    process.exit(2)
  }
}
