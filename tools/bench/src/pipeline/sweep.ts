import { DueStore } from '@livepods/image-processor/due-store'
import { createDatabase, Database, type DatabaseOptions, migrate } from '@livepods/sql'
import type { Field } from '../field.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { percentile } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { type Fill, fill } from './fill.ts'

const PLANS = {
  full: { rounds: 9, sweeps: 200, finished: [0, 10_000, 1_000_000], pending: 100_000 },
  quick: { rounds: 3, sweeps: 50, finished: [0, 10_000], pending: 10_000 },
  tiny: { rounds: 1, sweeps: 5, finished: [0, 2000], pending: 1000 },
}
export const SWEEP = 'idle sweep'
const ROUND_TRIP = 'SELECT 1'
const FINISHED = 'finished'
const PENDING = 'pending, not due'
const MAX_ATTEMPTS = 5

/** Milliseconds of a sweep that finds nothing (`expire` and `sweep` of the image-processor), whatever else is in the table. */
export async function sweep({ field }: { field: Field }, bench: Bench): Promise<Findings> {
  const { rounds, sweeps, finished, pending } = planOf(bench, PLANS)
  const fills: Fill[] = [
    ...finished.map((rows): Fill => ({ rows, state: FINISHED })),
    { rows: pending, state: PENDING },
  ]
  await using stack = new AsyncDisposableStack()
  const rows: Filled[] = []
  for (const [index, one] of fills.entries()) {
    bench.signal.throwIfAborted()
    const name = `${one.rows.toLocaleString('en')} ${one.state}`
    const database = stack.use(await ownDatabase({ ...field.databaseOptions, database: `sweep_${index}` }))
    await fill(database, one, (rows) => bench.progress.say(`sweep: ${rows} of ${name} rows`))
    rows.push({ name, database })
  }
  const candidates = [
    candidate(SWEEP, sweeps, async (database) => await sweepOnce(new DueStore(database))),
    candidate(ROUND_TRIP, sweeps, async (database) => await database.ping()),
  ]
  return sweepFindings(await measureRounds(bench, { title: 'sweep', candidates, rows, rounds }))
}

export function sweepFindings(sweep: Series): Findings {
  const reading = 'medianMs'
  const median = (row: string | undefined) =>
    row === undefined ? undefined : sweep.summary(row, { candidate: SWEEP, reading })?.median
  const [none, ...others] = sweep.rows
  const most = others.filter((row) => row.endsWith(FINISHED)).at(-1)
  const pending = others.find((row) => row.endsWith(PENDING))
  const [empty, full] = [median(none), median(most)]
  const growth = empty === undefined || full === undefined ? undefined : full / empty
  return {
    targets: [
      ...target(`${SWEEP}, ${most} against none`, growth, { atMost: 1.5, unit: '×', wanted: 'no growth (≤ 1.5×)' }),
      ...target(`${SWEEP}, ${pending}`, median(pending), { atMost: 1, unit: ' ms' }),
    ],
    tables: readingTables(sweep, 'rows in the table', [
      {
        title: 'An idle sweep',
        reading,
        about:
          'Milliseconds of `expire` and `sweep` of the image-processor when nothing is due, next to a round trip to the database.',
      },
      { title: 'An idle sweep in round trips', reading, baseline: ROUND_TRIP },
    ]),
    data: { sweep },
  }
}

/** A database with so many rows. */
interface Filled {
  name: string
  database: Database
}

function candidate(name: string, sweeps: number, once: (database: Database) => Promise<void>): Candidate<Filled> {
  return {
    name,
    measure: async ({ database }) => {
      const times: number[] = []
      for (let n = 0; n < sweeps; n++) {
        const startedAt = performance.now()
        await once(database)
        times.push(performance.now() - startedAt)
      }
      return { medianMs: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
    },
  }
}

async function sweepOnce(due: DueStore): Promise<void> {
  const swept = await due.takeDue(MAX_ATTEMPTS)
  const changed = swept.expired + swept.due.length
  if (changed > 0) throw new Error(`${changed} photos were due: that was no idle sweep.`)
}

async function ownDatabase(options: DatabaseOptions & { database: string }): Promise<Database> {
  await createDatabase(options)
  const database = new Database({ ...options, connections: 1, statementWithinMs: 600_000 })
  await migrate(database)
  return database
}
