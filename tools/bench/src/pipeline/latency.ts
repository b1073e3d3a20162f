import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Field } from './field.ts'

export const FROM_ACCEPTED = '202 to final'
export const HALF = 'half the maximum'

export interface LatencyOptions {
  field: Field
  /** What the chain does at most. */
  maximumPerSecond: number
  rounds: number
  warmUp: number
  forMs: number
  progress: Progress
  signal: AbortSignal
}

export interface Latency {
  maximumPerSecond: number
  series: Series
}

const LANES = 32
const SLOW = 'ten a second'
const SLOW_PER_SECOND = 10

/** Milliseconds from the 202 to the final state while single posts come evenly, at half of what the chain does, and at hardly any. */
export async function measureLatency({
  field,
  maximumPerSecond,
  forMs,
  signal,
  ...options
}: LatencyOptions): Promise<Latency> {
  const rates = new Map([
    [HALF, maximumPerSecond / 2],
    [SLOW, SLOW_PER_SECOND],
  ])
  const measure = async (row: string) => {
    signal.throwIfAborted()
    await field.empty()
    const shape = { lanes: LANES, forMs, ratePerSecond: rates.get(row) ?? 0 }
    const driven = await field.load.finals(field.receiverPort, field.databaseOptions, shape)
    if (driven.failures > 0) throw new Error(`${driven.failures} posts failed: ${driven.fault}`)
    const { accepted, wallMs, finalP50Ms, finalP99Ms, finalLongestMs, p50Ms, p99Ms } = driven
    return {
      acceptedPerSecond: (accepted * 1000) / wallMs,
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
