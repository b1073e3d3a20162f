import type { Candidate } from '../candidate.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Runner } from './field.ts'
import type { Throughput } from './subject-port.ts'

export interface ThroughputOptions {
  /** The same engines with one worker and with two. */
  fields: Readonly<Record<string, { runners: readonly Runner[]; workers: number }>>
  paths: readonly string[]
  rounds: number
  warmUp: number
  /** Each measurement lasts at least that long. */
  forMs: number
  progress: Progress
}

/** Images per second of whole photos, decoding included; and resident megabytes right after it. */
export async function measureThroughput({ fields, paths, forMs, ...options }: ThroughputOptions): Promise<Series> {
  const names = [...new Set(Object.values(fields).flatMap(({ runners }) => runners.map(({ engine }) => engine.name)))]
  const candidates = names.map(
    (name): Candidate => ({
      name,
      measure: async (row) => {
        const field = fields[row]
        const processes = field?.runners.find(({ engine }) => engine.name === name)?.processes
        if (!field || !processes) return undefined
        // Twice as many as work, so that nobody waits for the next.
        const inFlight = processes.length === 1 ? field.workers * 2 : 1
        const request = { op: 'throughput', paths, forMs, inFlight }
        const runs = await Promise.all(processes.map((process) => process.ask<Throughput>(request)))
        const imagesPerSecond = runs.reduce((sum, { images, wallMs }) => sum + images / (wallMs / 1000), 0)
        return { imagesPerSecond, ...memoryOf(processes) }
      },
    }),
  )
  return await measureRounds({ ...options, candidates, rows: Object.keys(fields), title: 'throughput' })
}

function memoryOf(processes: Runner['processes']): Record<string, number> {
  const memories = processes.flatMap(({ memory }) => memory ?? [])
  if (memories.length === 0) return {}
  return { residentMegabytes: memories.reduce((sum, { now }) => sum + now, 0) }
}
