import { reach, runJob } from '@livepods/service'
import { Env } from './config.ts'
import { createDatabase } from './create-database.ts'
import { Database } from './database.ts'
import { databaseOptions } from './database-options.ts'
import { migrate } from './migrate.ts'

// A migration of a large table takes its time; the lock of another migrator too.
const statementWithinMs = 3_600_000

await runJob({ service: 'migrate', env: Env }, async ({ config, log, stack, signal }) => {
  const options = databaseOptions(config)
  await reach('database', () => createDatabase(options), { log, signal })
  const database = stack.use(new Database({ ...options, connections: 1, statementWithinMs }))
  const applied = await migrate(database, undefined, (migration) => log.info({ migration }, 'migration applied'))
  log.info({ applied: applied.length }, 'database is up to date')
})
