import { openStore } from '@livepods/images'
import { environmentTable, type Log, reach, runJob, UsageError } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { changedFiles } from './changed-files.ts'
import { RetryEnv } from './config.ts'
import { DueStore, type Retried } from './due-store.ts'
import { type RetryOptions, readRetryOptions, USAGE } from './retry-options.ts'

type Done = Retried & { UNREADABLE: number }

// Above the await: the code below it runs only when the job has ended.
const TELL_EVERY_MS = 10_000

const { dryRun } = optionsOrExit()

await runJob({ service: 'retry', env: RetryEnv, args: [] }, async ({ config, log, stack, signal }) => {
  const { MAX_ROUNDS } = config
  const database = stack.use(new Database(databaseOptions(config)))
  const due = new DueStore(database)
  const imageFiles = stack.use(await openStore(config))
  await reach('database', () => database.ping(), { log, signal })
  const done: Done = { EXHAUSTED: 0, MISSING: 0, UNREADABLE: 0 }
  try {
    if (dryRun) Object.assign(done, await due.retryable(MAX_ROUNDS))
    else
      for await (const retried of due.retry(MAX_ROUNDS)) {
        Object.assign(done, retried)
        signal.throwIfAborted()
      }
    let told = performance.now()
    for await (const { changed, compared } of changedFiles({ due, imageFiles, maxRetries: MAX_ROUNDS, signal })) {
      done.UNREADABLE += dryRun ? changed.length : await due.retryUnreadable(changed)
      signal.throwIfAborted()
      if (performance.now() < told + TELL_EVERY_MS) continue
      told = performance.now()
      log.info({ compared, changed: done.UNREADABLE }, 'comparing files of UNREADABLE photos with their stamps')
    }
  } finally {
    // What was committed before a fault is reported, too.
    tell(log, done)
  }
})

/** A sentence for people, apart from the log, and a line for programs in it. */
function tell(log: Log, { EXHAUSTED, MISSING, UNREADABLE }: Done): void {
  const images = EXHAUSTED + MISSING + UNREADABLE
  const photos = images === 1 ? '1 photo' : `${images} photos`
  const changed = UNREADABLE > 0 ? `, ${UNREADABLE} unreadable whose file is another one now` : ''
  const parts = `${EXHAUSTED} exhausted, ${MISSING} missing${changed}`
  console.error(
    dryRun ? `${photos} would be due again (${parts}); nothing was changed.` : `${photos} due again (${parts}).`,
  )
  log.info(
    { images, exhausted: EXHAUSTED, missing: MISSING, unreadable: UNREADABLE, dryRun },
    dryRun ? 'nothing changed' : 'photos due again',
  )
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
    process.exit(error.exitCode)
  }
}
