import type { Candidate } from '../candidate.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Runner } from './field.ts'
import type { Throughput } from './subject-port.ts'

/** The engines with so many workers each. */
export interface Lanes {
  name: string
  runners: readonly Runner[]
  workers: number
}

export interface ThroughputOptions {
  /** The same engines with one worker and with two. */
  lanes: readonly Lanes[]
  paths: readonly string[]
  rounds: number
  warmUp: number
  /** Each measurement lasts at least that long. */
  forMs: number
  progress: Progress
}

/**
 * Images per second of whole photos, decoding included, and resident megabytes right after it: a row per engine and a column per number of
 * workers, so that those follow each other closely.
 */
export async function measureThroughput({ lanes, paths, forMs, ...options }: ThroughputOptions): Promise<Series> {
  const rows = [...new Set(lanes.flatMap(({ runners }) => runners.map(({ engine }) => engine.name)))]
  const candidates = lanes.map(
    ({ name, runners, workers }): Candidate => ({
      name,
      measure: async (row) => {
        const processes = runners.find(({ engine }) => engine.name === row)?.processes
        if (!processes) return undefined
        // Twice as many as work, so that nobody waits for the next.
        const inFlight = processes.length === 1 ? workers * 2 : 1
        const request = { op: 'throughput', paths, forMs, inFlight }
        const runs = await Promise.all(processes.map((process) => process.ask<Throughput>(request)))
        const imagesPerSecond = runs.reduce((sum, { images, wallMs }) => sum + images / (wallMs / 1000), 0)
        return { imagesPerSecond, ...memoryOf(processes) }
      },
    }),
  )
  return await measureRounds({ ...options, candidates, rows, title: 'throughput' })
}

function memoryOf(processes: Runner['processes']): Record<string, number> {
  const usages = processes.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0) return {}
  return { residentMegabytes: usages.reduce((sum, { residentMegabytes }) => sum + residentMegabytes, 0) }
}
