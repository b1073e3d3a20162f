import { columnTable, readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import { type Kind, Server } from '../server.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { BARE, relay } from './kinds.ts'
import { batchOf, type Post, post, single } from './post.ts'

const PLANS = {
  full: { rounds: 7, forMs: 2000 },
  quick: { rounds: 3, forMs: 700 },
  tiny: { rounds: 1, forMs: 150 },
}
const RELAY = relay()
const [FEW, MANY, BATCHES] = ['64 in flight', '512 in flight', 'batches of 1000']
const LINES = Array.from({ length: 1000 }, (_, index) => ({ stream: 'bench~1', seq: index + 1 }))
const ROWS = [
  { name: FEW, lanes: 64, ...single },
  { name: MANY, lanes: 512, ...single },
  { name: BATCHES, lanes: 4, ...batchOf(LINES) },
]

type Row = Omit<Post, 'port'> & { name: string; lanes: number }

/** What a relay answers for in a second while its sink is stopped. */
export async function intake({ compiled }: { compiled: string }, bench: Bench): Promise<Findings> {
  const { rounds, forMs } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const candidate = async (kind: Kind): Promise<Candidate<Row>> => {
    const server = stack.use(await Server.start(kind, compiled))
    return {
      name: kind.name,
      async measure({ lanes, name, ...row }) {
        if (kind === BARE && name === BATCHES) return undefined
        const before = server.usage.cpuMs
        const { accepted, wallMs, p50Ms, p99Ms } = await post({ port: server.port, ...row }, { lanes, forMs })
        const cpuUs = ((server.usage.cpuMs - before) * 1000) / accepted
        return { perSecond: (accepted * 1000) / wallMs, p50Ms, p99Ms, cpuUs }
      },
    }
  }
  const candidates = [await candidate(RELAY), await candidate(BARE)]
  const series = await measureRounds(bench, { title: 'intake', candidates, rows: ROWS, rounds, warmUp: 2 })
  const median = (row: string, reading: string) => series.summary(row, { candidate: RELAY.name, reading })?.median
  const reading = 'perSecond'
  const ratio = series.ratio(MANY, { candidate: RELAY.name, reading }, { candidate: BARE.name, reading })
  return {
    targets: [
      ...target(`relay against node:http, ${MANY}`, ratio?.median, { atLeast: 0.5, unit: '×' }),
      ...target(`relay, messages a second, ${MANY}`, median(MANY, reading), {
        atLeast: 12_000,
        wanted: '≥ 12 000',
      }),
      ...target(`relay, p99, ${FEW}`, median(FEW, 'p99Ms'), { atMost: 30, unit: ' ms' }),
      ...target(`relay, p99, ${MANY}`, median(MANY, 'p99Ms'), { atMost: 100, unit: ' ms' }),
      ...target('relay, messages a second in batches', median(BATCHES, reading), {
        atLeast: 60_000,
        wanted: '≥ 60 000',
      }),
    ],
    tables: [
      ...readingTables(series, 'messages', [
        {
          title: 'Messages that a relay answers for in a second',
          about:
            'One message a request, POST /v1/messages, answered 202 when it is durable, while the sink is stopped; next to a node:http server that stores nothing and only answers. Batches are numbered, on four connections.',
          reading,
        },
        { title: 'The same as ratios', reading, baseline: BARE.name },
      ]),
      columnTable(series, {
        title: 'What they take at the relay',
        about: 'Latency of a request in milliseconds; CPU time of the relay in microseconds a message.',
        rowName: 'messages',
        candidate: RELAY.name,
        columns: [
          ['latency, p50', 'p50Ms'],
          ['latency, p99', 'p99Ms'],
          ['CPU', 'cpuUs'],
        ],
      }),
    ],
    data: { intake: series },
  }
}
