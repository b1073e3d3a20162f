import { DueStore } from '@livepods/image-processor/due-store'
import { createDatabase, Database, type DatabaseOptions, migrate } from '@livepods/sql'
import type { Candidate } from '../candidate.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { percentile } from '../statistics.ts'
import { type Fill, fill } from './fill.ts'

export const SWEEP = 'idle sweep'
export const ROUND_TRIP = 'SELECT 1'

export interface SweepOptions {
  /** The server; every row gets a database of its own there. */
  server: DatabaseOptions & { database: string }
  fills: readonly Fill[]
  rounds: number
  warmUp: number
  /** Sweeps of one measurement. */
  sweeps: number
  progress: Progress
  signal: AbortSignal
}

const MAX_ATTEMPTS = 5

export const rowOf = ({ rows, state }: Fill): string => `${rows.toLocaleString('en')} ${state}`

/** Milliseconds of a sweep that finds nothing (`expire` and `sweep` of the image-processor), whatever else is in the table. */
export async function measureSweep({ server, fills, sweeps, signal, ...options }: SweepOptions): Promise<Series> {
  const { progress } = options
  await using stack = new AsyncDisposableStack()
  const databases = new Map<string, Database>()
  for (const [index, one] of fills.entries()) {
    signal.throwIfAborted()
    const database = stack.use(await ownDatabase({ ...server, database: `sweep_${index}` }))
    databases.set(rowOf(one), database)
    await fill(database, one, (rows) => progress.say(`sweep: ${rows} of ${rowOf(one)} rows`))
  }
  const candidate = (name: string, workOn: (database: Database) => () => Promise<void>): Candidate => ({
    name,
    measure: async (row) => {
      signal.throwIfAborted()
      const work = workOn(databases.get(row) as Database)
      const times: number[] = []
      for (let n = 0; n < sweeps; n++) {
        const startedAt = performance.now()
        await work()
        times.push(performance.now() - startedAt)
      }
      return { medianMs: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
    },
  })
  const candidates = [
    candidate(SWEEP, (database) => async () => await sweepOnce(new DueStore(database))),
    candidate(ROUND_TRIP, (database) => async () => await database.ping()),
  ]
  return await measureRounds({ ...options, candidates, rows: [...databases.keys()], title: 'sweep' })
}

async function sweepOnce(due: DueStore): Promise<void> {
  const swept = await due.takeDue(MAX_ATTEMPTS)
  const changed = swept.expired + swept.due.length
  if (changed > 0) throw new Error(`${changed} photos were due: that was no idle sweep.`)
}

async function ownDatabase(options: DatabaseOptions & { database: string }): Promise<Database & AsyncDisposable> {
  await createDatabase(options)
  const database = new Database({ ...options, connections: 1, statementWithinMs: 600_000 })
  await migrate(database)
  return database
}
