import { ask } from '../http-load.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Kind, Server } from '../server.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { BARE, kinds, WHOAMI } from './kinds.ts'

const PLANS = {
  full: { rounds: 7, requests: 20_000, files: 500 },
  quick: { rounds: 3, requests: 5000, files: 60 },
  // CPU time is counted in hundredths of a second: each row takes several.
  tiny: { rounds: 1, requests: 4000, files: 400 },
}
const CONNECTIONS = 32
const BENCH = '/bench'
const ECHO = '/'
const DATA = '/data, 1 MB'

interface Row {
  name: string
  path: string
  requests: number
}

/** CPU of the server and answers a second. */
export async function cost({ compiled }: { compiled: string }, bench: Bench): Promise<Findings> {
  const { rounds, requests, files } = planOf(bench, PLANS)
  const rows: Row[] = [
    { name: BENCH, path: '/bench', requests },
    { name: ECHO, path: '/', requests },
    { name: DATA, path: '/data?size=1&unit=MB', requests: files },
  ]
  await using stack = new AsyncDisposableStack()
  const candidates: Candidate<Row>[] = []
  for (const kind of await kinds()) candidates.push(candidate(kind, stack.use(await Server.start(kind, compiled))))
  // V8 compiles what is hot only after some thousand answers.
  return costFindings(await measureRounds(bench, { title: 'cost', candidates, rows, rounds, warmUp: 3 }))
}

function candidate({ name }: Kind, server: Server): Candidate<Row> {
  return {
    name,
    async measure({ name: row, path, requests }) {
      if (name === 'nginx' && row === DATA) return undefined
      const before = server.usage.cpuMs
      const ms = await ask({ port: server.port, path, requests, connections: CONNECTIONS })
      return { cpuUs: ((server.usage.cpuMs - before) * 1000) / requests, perSecond: (requests * 1000) / ms }
    },
  }
}

export function costFindings(series: Series): Findings {
  const ratio = (row: string, reading: string) =>
    series.ratio(row, { candidate: WHOAMI.name, reading }, { candidate: BARE.name, reading })?.median
  return {
    targets: [
      ...target(`CPU of ${BENCH} against node:http`, ratio(BENCH, 'cpuUs'), { atMost: 1.1, unit: '×' }),
      ...target(`CPU of ${ECHO} against node:http`, ratio(ECHO, 'cpuUs'), { atMost: 3, unit: '×' }),
      ...target(`${DATA}: answers a second against a constant buffer`, ratio(DATA, 'perSecond'), {
        atLeast: 0.9,
        unit: '×',
      }),
    ],
    tables: readingTables(series, 'path', [
      { title: 'CPU time of an answer', about: 'Microseconds of the server.', reading: 'cpuUs' },
      { title: 'The same as ratios', reading: 'cpuUs', baseline: BARE.name },
      {
        title: 'Answers per second',
        about: `${CONNECTIONS} connections, one request each at a time.`,
        reading: 'perSecond',
      },
      { title: 'Answers per second as ratios', reading: 'perSecond', baseline: BARE.name },
    ]),
    data: { cost: series },
  }
}
