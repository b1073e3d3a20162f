import type { Driven } from '../drive.ts'
import type { Field } from '../field.ts'
import { usageOf } from '../process-usage.ts'
import { columnTable, readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Readings, Series } from '../series.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'

const PLANS = {
  full: { rounds: 5, forMs: 2000, connections: [1, 16, 128], batches: [100, 1000, 10_000] },
  quick: { rounds: 1, forMs: 700, connections: [1, 16, 128], batches: [1000, 10_000] },
  tiny: { rounds: 1, forMs: 100, connections: [4], batches: [1000] },
}
export const POSTS = 'posts'
export const INSERTS = 'plain INSERTs'
const BATCH_LANES = 2
/** Nothing takes the photos meanwhile: measured is how fast they come in. */
const OTHERS = ['image-processor', 'face-recognition', 'frontend']

/** Photos that the receiver accepts in a second, next to plain INSERTs of the same rows into the same table. */
export async function accept({ field }: { field: Field }, bench: Bench): Promise<Findings> {
  const { rounds, forMs, connections, batches } = planOf(bench, PLANS)
  await using _ = await field.without(OTHERS)
  const { load, databaseOptions: database } = field
  const port = field.system.port('receiver')
  const inserts = candidate(field, INSERTS, ({ lanes }) => load.ask('inserts', { database, lanes, forMs }))
  const singles = await measureRounds(bench, {
    title: 'single posts',
    candidates: [candidate(field, POSTS, ({ lanes }) => load.ask('posts', { port, lanes, forMs })), inserts],
    rows: connections.map((lanes) => ({ name: `${lanes} connection${lanes === 1 ? '' : 's'}`, lanes })),
    rounds,
  })
  const posts = candidate(field, POSTS, ({ lanes, paths }: { lanes: number; paths: number }) =>
    load.ask('batches', { port, lanes, paths, forMs }),
  )
  const many = await measureRounds(bench, {
    title: 'batches',
    candidates: [posts, inserts],
    rows: batches.map((paths) => ({ name: `${paths.toLocaleString('en')} paths`, paths, lanes: BATCH_LANES })),
    rounds,
  })
  return acceptFindings({ singles, batches: many })
}

/** `singles` has a row per number of connections, `batches` one per size of batch. */
export function acceptFindings(accept: { singles: Series; batches: Series }): Findings {
  const { singles, batches } = accept
  const reading = 'acceptedPerSecond'
  const row = singles.rows.at(-1) ?? ''
  const ratio = singles.ratio(row, { candidate: POSTS, reading }, { candidate: INSERTS, reading })
  const best = batches.rows.map((size) => batches.summary(size, { candidate: POSTS, reading })?.median ?? 0)
  return {
    targets: [
      ...target(`single posts against plain INSERTs, ${row}`, ratio?.median, {
        atLeast: 1,
        unit: '×',
        wanted: '≥ 1.0×',
      }),
      ...target('paths per second in batches', Math.max(...best), { atLeast: 20_000, wanted: '≥ 20 000' }),
    ],
    tables: [
      ...readingTables(singles, 'connections', [
        {
          title: 'Accepted per second, single posts',
          reading,
          about:
            'POST /v1/images, each answered 202 after the commit, next to single-row INSERTs of the same rows, each its own commit, on as many connections; each measurement begins with an empty table. Only the database, the queue and the receiver run.',
        },
        { title: 'The same as ratios', reading, baseline: INSERTS },
        {
          title: 'CPU time of one photo, single posts',
          reading: 'cpuMicroseconds',
          about:
            'Microseconds of all processes together: sender, receiver, queue and database. That is what counts while other programs run.',
        },
      ]),
      columnTable(singles, {
        title: 'What single posts take',
        about: 'Latency in milliseconds; CPU of the receiver and of what sends, in percent of one core.',
        rowName: 'connections',
        candidate: POSTS,
        columns: [
          ['latency, p50', 'p50Ms'],
          ['latency, p99', 'p99Ms'],
          ['CPU of the receiver', 'receiverCpuPercent'],
          ['CPU of what sends', 'loadCpuPercent'],
        ],
      }),
      ...readingTables(batches, 'paths of a batch', [
        {
          title: 'Accepted per second, batches',
          reading,
          about: 'POST /v1/images/batch on two connections, next to single-row INSERTs on two connections.',
        },
        { title: 'Batches as ratios', reading, baseline: INSERTS },
      ]),
    ],
    data: { accept },
  }
}

function candidate<Row extends { lanes: number }>(
  field: Field,
  name: string,
  send: (row: Row) => Promise<Driven>,
): Candidate<Row> {
  return {
    name,
    measure: async (row) => {
      // Everyone begins with an empty table and an empty queue.
      await field.empty()
      const before = cpuOf(field)
      const driven = await send(row)
      const after = cpuOf(field)
      if (driven.failures > 0) throw new Error(`${driven.failures} of ${name} failed: ${driven.fault}`)
      return readingsOf(driven, { all: after.all - before.all, receiver: after.receiver - before.receiver })
    },
  }
}

/** CPU milliseconds that all processes of the suite have used, and the receiver of them; NaN where the system does not say it. */
function cpuOf({ system }: Field): { all: number; receiver: number } {
  const used = (pid: number | undefined) => (pid === undefined ? 0 : (usageOf(pid)?.cpuMs ?? Number.NaN))
  return {
    all: system.processes.reduce((sum, { pid }) => sum + used(pid), 0),
    receiver: used(system.process('receiver').pid),
  }
}

function readingsOf(
  { accepted, wallMs, cpuMs, p50Ms, p99Ms }: Driven,
  used: { all: number; receiver: number },
): Readings {
  const readings: Readings = {
    acceptedPerSecond: (accepted * 1000) / wallMs,
    p50Ms,
    p99Ms,
    loadCpuPercent: (cpuMs / wallMs) * 100,
    receiverCpuPercent: (used.receiver / wallMs) * 100,
    // Of all processes, what sends included.
    cpuMicroseconds: ((used.all + cpuMs) * 1000) / accepted,
  }
  return Object.fromEntries(Object.entries(readings).filter(([, value]) => Number.isFinite(value)))
}
