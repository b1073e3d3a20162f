import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Field } from './field.ts'

export const FROM_ACCEPTED = '202 to final'
export const HALF = 'half the maximum'

export interface LatencyOptions {
  field: Field
  rounds: number
  warmUp: number
  forMs: number
  progress: Progress
  signal: AbortSignal
}

export interface Latency {
  /** Single posts that the chain takes to their end: each sender posts the next photo when its last one is final. */
  maximumPerSecond: number
  series: Series
}

const LANES = 32
const MAXIMUM = 'as many as become final'
const SLOW = 'ten a second'
const SLOW_PER_SECOND = 10

/** Milliseconds from the 202 to the final state while single posts come evenly, at half of what the chain does, and at hardly any. */
export async function measureLatency({ field, forMs, signal, ...options }: LatencyOptions): Promise<Latency> {
  const drive = async (shape: { ratePerSecond: number } | { oneByOne: true }) => {
    signal.throwIfAborted()
    await field.empty()
    const driven = await field.load.finals(field.receiverPort, field.databaseOptions, { lanes: LANES, forMs, ...shape })
    if (driven.failures > 0) throw new Error(`${driven.failures} posts failed: ${driven.fault}`)
    return { ...driven, perSecond: (driven.accepted * 1000) / driven.wallMs }
  }
  const most = await measureRounds({
    ...options,
    candidates: [{ name: MAXIMUM, measure: async () => ({ perSecond: (await drive({ oneByOne: true })).perSecond }) }],
    rows: [MAXIMUM],
    title: 'latency',
  })
  const maximumPerSecond = most.summary(MAXIMUM, { candidate: MAXIMUM, reading: 'perSecond' })?.median ?? Number.NaN
  const rates = new Map([
    [HALF, maximumPerSecond / 2],
    [SLOW, SLOW_PER_SECOND],
  ])
  const measure = async (row: string) => {
    const driven = await drive({ ratePerSecond: rates.get(row) ?? 0 })
    const { perSecond, finalP50Ms, finalP99Ms, finalLongestMs, p50Ms, p99Ms } = driven
    return {
      acceptedPerSecond: perSecond,
      finalP50Ms,
      finalP99Ms,
      finalLongestMs,
      acceptP50Ms: p50Ms,
      acceptP99Ms: p99Ms,
    }
  }
  const series = await measureRounds({
    ...options,
    candidates: [{ name: FROM_ACCEPTED, measure }],
    rows: [...rates.keys()],
    title: 'latency',
  })
  return { maximumPerSecond, series }
}
