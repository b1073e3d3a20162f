import type { Field } from '../field.ts'
import { atMost, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { rounded } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'

export interface Latency {
  /** Single posts that the pipeline takes to their end: each sender posts the next photo when its last one is final. */
  maximumPerSecond: number
  series: Series
}

const PLANS = { full: { rounds: 5, forMs: 4000 }, quick: { rounds: 1, forMs: 1500 }, tiny: { rounds: 1, forMs: 300 } }
const LANES = 32
const SLOW_PER_SECOND = 10
const MAXIMUM = 'as many as become final'
export const FROM_ACCEPTED = '202 to final'
export const HALF = 'half the maximum'

/** Milliseconds from the 202 to the final state while single posts come evenly, at half of what the pipeline does, and at hardly any. */
export async function latency({ field }: { field: Field }, bench: Bench): Promise<Findings> {
  const { rounds, forMs } = planOf(bench, PLANS)
  const drive = async (shape: { ratePerSecond: number } | { oneByOne: true }) => {
    await field.empty()
    const suite = { port: field.system.port('receiver'), database: field.databaseOptions }
    const driven = await field.load.ask('finals', { ...suite, lanes: LANES, forMs, ...shape })
    if (driven.failures > 0) throw new Error(`${driven.failures} posts failed: ${driven.fault}`)
    return { ...driven, perSecond: (driven.accepted * 1000) / driven.wallMs }
  }
  const most = await measureRounds(bench, {
    title: 'latency',
    candidates: [{ name: MAXIMUM, measure: async () => ({ perSecond: (await drive({ oneByOne: true })).perSecond }) }],
    rows: [{ name: MAXIMUM }],
    rounds,
  })
  const maximumPerSecond = most.summary(MAXIMUM, { candidate: MAXIMUM, reading: 'perSecond' })?.median ?? Number.NaN
  const measure = async ({ ratePerSecond }: { ratePerSecond: number }) => {
    const driven = await drive({ ratePerSecond })
    return {
      acceptedPerSecond: driven.perSecond,
      finalP50Ms: driven.final.p50Ms,
      finalP99Ms: driven.final.p99Ms,
      finalLongestMs: driven.final.longestMs,
      acceptP50Ms: driven.p50Ms,
      acceptP99Ms: driven.p99Ms,
    }
  }
  const series = await measureRounds(bench, {
    title: 'latency',
    candidates: [{ name: FROM_ACCEPTED, measure }],
    rows: [
      { name: HALF, ratePerSecond: maximumPerSecond / 2 },
      { name: 'ten a second', ratePerSecond: SLOW_PER_SECOND },
    ],
    rounds,
  })
  return latencyFindings({ maximumPerSecond, series })
}

export function latencyFindings(latency: Latency): Findings {
  const half = (name: string, ms: number) => atMost(HALF, `${name}, ${HALF}`, ms, ' ms')
  const found = columnFindings(latency.series, {
    title: 'From 202 to the final state',
    about: `Milliseconds from the arrival of the 202 until another connection sees the final state committed (asked every 2 ms, which is in it), stub recogniser, single posts at an even rate. At most ${rounded(latency.maximumPerSecond)} a second become final while each of 32 clients posts its next photo when its last one is.`,
    rowName: 'rate',
    candidate: FROM_ACCEPTED,
    columns: [
      ['posts per second', 'acceptedPerSecond'],
      ['to final, p50', 'finalP50Ms', half('202 to final, p50', 25)],
      ['to final, p99', 'finalP99Ms', half('202 to final, p99', 150)],
      ['to final, longest', 'finalLongestMs'],
      ['post to 202, p50', 'acceptP50Ms'],
      ['post to 202, p99', 'acceptP99Ms'],
    ],
  })
  return { ...found, data: { latency } }
}
