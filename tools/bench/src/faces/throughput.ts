import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { type FaceEngine, OURS, type SubjectProcess } from './engines.ts'
import type { Runners } from './runners.ts'

/** Each measurement lasts at least `forMs`. */
const PLANS = { full: { rounds: 5, forMs: 2000 }, quick: { rounds: 1, forMs: 500 }, tiny: { rounds: 1, forMs: 1 } }
export const ONE_WORKER = 'one worker'
export const TWO_WORKERS = 'two workers'

/**
 * Images per second of whole photos, decoding included, and resident megabytes right after it: a row per engine and a column per number of
 * workers, so that those follow each other closely.
 */
export async function measureThroughput(
  all: readonly Runners[],
  paths: readonly string[],
  bench: Bench,
): Promise<Series> {
  const { rounds, forMs } = planOf(bench, PLANS)
  const engines = new Set(all.flatMap(({ running }) => running.map(({ engine }) => engine)))
  const candidates = all.map(({ running, workers }) => ({
    name: workers === 1 ? ONE_WORKER : TWO_WORKERS,
    measure: async (row: FaceEngine) => {
      const processes = running.find(({ engine }) => engine === row)?.processes
      if (!processes) return undefined
      // Twice as many as work, so that nobody waits for the next.
      const inFlight = processes.length === 1 ? workers * 2 : 1
      const runs = await Promise.all(processes.map((process) => process.ask('throughput', { paths, forMs, inFlight })))
      const imagesPerSecond = runs.reduce((sum, { images, wallMs }) => sum + images / (wallMs / 1000), 0)
      return { imagesPerSecond, ...memoryOf(processes) }
    },
  }))
  return await measureRounds(bench, { title: 'throughput', candidates, rows: [...engines], rounds })
}

export function throughputFindings(throughput: Series): Findings {
  const reading = 'imagesPerSecond'
  const scaling = throughput.ratio(OURS, { candidate: TWO_WORKERS, reading }, { candidate: ONE_WORKER, reading })
  const memory = throughput.summary(OURS, { candidate: TWO_WORKERS, reading: 'residentMegabytes' })
  return {
    targets: [
      ...target('images per second with two workers against one', scaling?.median, { atLeast: 1.5, unit: '×' }),
      ...target('memory with two workers', memory?.median, { atMost: 350, unit: ' MB' }),
    ],
    tables: readingTables(throughput, 'engine', [
      {
        title: 'Images per second',
        reading,
        about:
          'Decoding included, over the photos above without the largest; engines without workers of their own run as so many processes.',
      },
      {
        title: 'What more workers bring',
        reading,
        baseline: ONE_WORKER,
        about: 'Images per second against one worker.',
      },
      {
        title: 'Memory',
        reading: 'residentMegabytes',
        about:
          'Resident megabytes right after that, of all its processes, with MALLOC_ARENA_MAX=2 and MALLOC_TRIM_THRESHOLD_=4000000; ours with NODE_COMPILE_CACHE, from an earlier start.',
      },
    ]),
    data: { throughput },
  }
}

function memoryOf(processes: readonly SubjectProcess[]): Record<string, number> {
  const usages = processes.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0) return {}
  return { residentMegabytes: usages.reduce((sum, { residentMegabytes }) => sum + residentMegabytes, 0) }
}
