import type { Candidate } from '../candidate.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Runner } from './field.ts'
import type { SpeedPhoto } from './speed-photos.ts'
import type { Timed } from './subject-port.ts'

export interface SpeedOptions {
  runners: readonly Runner[]
  photos: readonly SpeedPhoto[]
  rounds: number
  warmUp: number
  /** One measurement repeats a photo for at least that long and gives the mean, so that clocks and caches do not count. */
  forMs: number
  progress: Progress
}

/** Milliseconds per photo, one at a time on one worker: decoding, the rest, and both; wall clock and CPU. */
export async function measureSpeed({ runners, photos, forMs, ...options }: SpeedOptions): Promise<Series> {
  const paths = new Map(photos.map(({ name, path }) => [name, path]))
  const candidates = runners.map(
    ({ engine: { name }, processes: [process] }): Candidate => ({
      name,
      measure: async (row) => {
        const timed = await process?.ask<Timed>({ op: 'time', path: paths.get(row), forMs })
        if (!timed) return undefined
        const { decodeMs, restMs, decodeCpuMs, restCpuMs, faces } = timed
        return {
          decodeMs,
          restMs,
          decodeCpuMs,
          restCpuMs,
          allMs: decodeMs + restMs,
          allCpuMs: decodeCpuMs + restCpuMs,
          faces,
        }
      },
    }),
  )
  return await measureRounds({ ...options, candidates, rows: [...paths.keys()], title: 'speed' })
}
