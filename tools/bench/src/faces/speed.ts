import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { DOCUMENTED, OURS, PYTHON, WASM } from './engines.ts'
import type { Runner } from './runners.ts'
import { MEGAPIXEL, SMALL, type SpeedPhoto } from './speed-photos.ts'

/** One measurement repeats a photo for at least `forMs` and gives the mean, so that clocks and caches do not count. */
const PLANS = { full: { rounds: 9, forMs: 400 }, quick: { rounds: 1, forMs: 0 }, tiny: { rounds: 1, forMs: 0 } }

/** Milliseconds per photo, one at a time on one worker: decoding, the rest, and both; wall clock and CPU. */
export async function measureSpeed(
  runners: readonly Runner[],
  photos: readonly SpeedPhoto[],
  bench: Bench,
): Promise<Series> {
  const { rounds, forMs } = planOf(bench, PLANS)
  const candidates = runners.map(({ engine: { name }, processes: [process] }) => ({
    name,
    measure: async ({ path }: SpeedPhoto) => {
      const timed = await process?.ask('time', { path, forMs })
      if (!timed) return undefined
      const { decodeMs, restMs, decodeCpuMs, restCpuMs } = timed
      return { ...timed, allMs: decodeMs + restMs, allCpuMs: decodeCpuMs + restCpuMs }
    },
  }))
  return await measureRounds(bench, { title: 'speed', candidates, rows: photos, rounds })
}

export function speedFindings(speed: Series): Findings {
  const faster = (name: string, row: string, candidate: string, atLeast: number, reading = 'restCpuMs') => {
    const ratio = speed.ratio(row, { candidate, reading: 'restCpuMs' }, { candidate: OURS, reading })
    return target(`${name}, ${row}`, ratio?.median, { atLeast, unit: '×' })
  }
  return {
    targets: [
      ...speed.rows.flatMap((row) => faster('detect + describe against face-api on WASM', row, WASM, 9)),
      ...speed.rows.flatMap((row) => faster(`detect + describe against ${DOCUMENTED}`, row, DOCUMENTED, 9)),
      ...faster('detect + describe against Python default', MEGAPIXEL, PYTHON, 20),
      ...faster('the same with decoding in ours and not in theirs', MEGAPIXEL, PYTHON, 15, 'allCpuMs'),
      ...faster('detect + describe against Python default', SMALL, PYTHON, 2),
    ],
    tables: readingTables(speed, 'photo', [
      {
        title: 'Detect and describe, CPU time',
        reading: 'restCpuMs',
        about: 'CPU milliseconds per photo on one worker, all threads of the process, without decoding.',
      },
      {
        title: 'The same as ratios',
        reading: 'restCpuMs',
        baseline: OURS,
        about: `How many times the CPU time of ${OURS}.`,
      },
      {
        title: 'Decode, CPU time',
        reading: 'decodeCpuMs',
        about: 'CPU milliseconds from the bytes of the JPEG to pixels.',
      },
      {
        title: 'Decode, detect and describe, wall clock',
        reading: 'allMs',
        about: 'Milliseconds per photo, one at a time.',
      },
      {
        title: 'Faces found',
        reading: 'faces',
        about: 'On the photos that are timed.',
        show: ({ median }) => `${median}`,
      },
    ]),
    data: { speed },
  }
}
