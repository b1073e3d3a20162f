import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { PeerRefusedError } from '../peer-process.ts'
import { shown } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { rounded, type Summary, spread, summarise } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { addressOf, type LiveServer, type ServerProcess, type Setup, startOnAir } from './server-process.ts'
import { mediaServer, NGINX, NODE_MEDIA_SERVER, peers } from './servers.ts'
import type { Protocol } from './viewers-main.ts'

/** What viewers are sent to begin with is over after `settleMs`. */
const PLANS = {
  full: { rounds: 3, viewers: [400, 1200], batchMs: [0, 20, 50], settleMs: 800, forMs: 2500 },
  quick: { rounds: 1, viewers: [400], batchMs: [0, 50], settleMs: 500, forMs: 2000 },
  tiny: { rounds: 1, viewers: [100], batchMs: [0], settleMs: 200, forMs: 1500 },
}
/** Above this load what nginx takes moves by as much as what is to be told apart. */
const JUDGED_LOAD = 5
const COST = 'cpuMicroseconds'
const BASELINE = `${NGINX}, RTMP`
const OTHER_NODE = `${NODE_MEDIA_SERVER}, FLV`
const ours = (batchMs: number) => `${mediaServer(batchMs).name}, FLV`
/** How many times as much CPU time a candidate may take as another one. */
export const GOALS = [
  { viewers: 400, candidate: ours(0), baseline: BASELINE, atMost: 0.7 },
  { viewers: 400, candidate: ours(50), baseline: BASELINE, atMost: 0.45 },
  { viewers: 1200, candidate: ours(0), baseline: BASELINE, atMost: 0.8 },
  { viewers: 1200, candidate: ours(20), baseline: BASELINE, atMost: 0.65 },
  { viewers: 1200, candidate: ours(50), baseline: BASELINE, atMost: 0.45 },
  { viewers: 400, candidate: ours(0), baseline: OTHER_NODE, atMost: 0.6 },
  { viewers: 400, candidate: ours(50), baseline: OTHER_NODE, atMost: 0.35 },
]

/** CPU time that servers need to send one stream to many viewers. */
export async function fanOut(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, viewers, batchMs, ...times } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const candidates: Candidate<Row>[] = []
  const absent: string[] = []
  const add = async (wanted: LiveServer) => {
    bench.progress.say(`starting ${wanted.name}`)
    const server = await startOnAir(stack, setup, wanted)
    candidates.push(...wanted.protocols.map((protocol) => candidateOf(setup, { server, protocol, ...times })))
  }
  for (const ms of batchMs) await add(mediaServer(ms))
  for (const peer of peers)
    await add(peer).catch((error: unknown) => {
      if (!(error instanceof PeerRefusedError)) throw error
      absent.push(`Without ${peer.name}: ${error.message}`)
      bench.progress.note(`without ${peer.name}: ${error.message}`)
    })
  const rows = viewers.map((count) => ({ name: rowOf(count), viewers: count }))
  const series = await measureRounds(bench, { title: 'fan-out', candidates, rows, rounds, warmUp: 0 })
  return fanOutFindings(series, absent)
}

export function fanOutFindings(series: Series, absent: readonly string[] = []): Findings {
  const which = (candidate: string, reading: string) => ({ candidate, reading })
  const ratio = (row: string, candidate: string, baseline: string) =>
    series.ratio(row, which(candidate, COST), which(baseline, COST))
  const loads = series.rows.flatMap((row) => series.candidates.flatMap((one) => series.values(row, which(one, 'load'))))
  const load = summarise(loads).median
  const isJudged = load <= JUDGED_LOAD
  const times = (summary: Summary) => spread(summary, '×')
  const median = (summary: Summary) => rounded(summary.median)
  const cells = (row: string, candidate: string) => [
    shown(series.summary(row, which(candidate, COST)), spread),
    candidate === BASELINE ? '1' : shown(ratio(row, candidate, BASELINE), times),
    shown(series.summary(row, which(candidate, 'megabits')), median),
    shown(series.summary(row, which(candidate, 'residentMegabytes')), median),
  ]
  const heads = ['µs', `against ${NGINX}`, 'Mbit/s', 'MB']
  return {
    about: [
      `The load average was ${rounded(load)} while servers were compared (median)${isJudged ? '.' : `, and above ${JUDGED_LOAD} what nginx takes is too unsteady: the ratios are only told, not judged.`}`,
      ...absent,
    ],
    targets: GOALS.flatMap(({ viewers, candidate, baseline, atMost }) => {
      const row = rowOf(viewers)
      const reached = isJudged ? ratio(row, candidate, baseline)?.median : undefined
      return target(`CPU time, ${row}: ${candidate}, against ${baseline}`, reached, { atMost, unit: '×' })
    }),
    tables: [
      {
        title: 'CPU time of sending',
        about: `Microseconds of the server, user and system, for a Mbit that viewers get of one stream of 2 Mbit/s; how many times as much that is as ${NGINX} takes; Mbit/s that each viewer gets, less where somebody does not keep up; megabytes that the server holds. The milliseconds are BATCH_MS. Medians of the rounds, quartiles in brackets; the first round counts, too.`,
        columns: ['', ...series.rows.flatMap((row) => heads.map((head) => `${row}, ${head}`))],
        rows: series.candidates.map((one) => [one, ...series.rows.flatMap((row) => cells(row, one))]),
      },
    ],
    data: { fanOut: series },
  }
}

export function rowOf(viewers: number): string {
  return `${viewers.toLocaleString('en')} viewers`
}

interface Row {
  name: string
  viewers: number
}

interface Measured {
  server: ServerProcess
  protocol: Protocol
  settleMs: number
  forMs: number
}

function candidateOf({ audience }: Setup, { server, protocol, settleMs, forMs }: Measured): Candidate<Row> {
  const sample = async () => ({
    at: performance.now(),
    bytes: await audience.received(),
    ...server.usage(),
  })
  return {
    name: `${server.name}, ${protocol}`,
    measure: async ({ viewers }) => {
      await audience.join(addressOf(server, protocol), viewers)
      await sleep(settleMs)
      const before = await sample()
      await sleep(forMs)
      const after = await sample()
      await audience.leave()
      const megabits = ((after.bytes - before.bytes) * 8) / 1e6
      if (megabits === 0) throw new Error(`${server.name} sends nothing.`)
      return {
        [COST]: ((after.cpuMs - before.cpuMs) * 1000) / megabits,
        megabits: (megabits * 1000) / (after.at - before.at) / viewers,
        residentMegabytes: after.residentMegabytes,
        load: loadavg()[0] ?? 0,
      }
    },
  }
}
