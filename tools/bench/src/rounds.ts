import type { Candidate } from './candidate.ts'
import type { Progress } from './progress.ts'
import { Series } from './series.ts'

export interface Rounds {
  candidates: readonly Candidate[]
  rows: readonly string[]
  /** How many rounds count, and how many before them do not. */
  rounds: number
  warmUp: number
  progress: Progress
  /** Names this comparison in the progress. */
  title: string
}

/**
 * Measures everyone in every round, row by row, one after the other and never two at once: what changes on the machine in the meantime
 * meets all of them. Who begins changes from round to round, so that nobody always comes after the same one.
 */
export async function measureRounds({ candidates, rows, rounds, warmUp, progress, title }: Rounds): Promise<Series> {
  const series = new Series(
    rows,
    candidates.map(({ name }) => name),
  )
  for (let round = -warmUp; round < rounds; round++) {
    for (const [number, row] of rows.entries()) {
      for (const candidate of rotate(candidates, round + warmUp + number)) {
        progress.say(
          `${title}: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}, ${row}, ${candidate.name}`,
        )
        const readings = await candidate.measure(row)
        if (round >= 0 && readings) series.add(row, candidate.name, readings)
      }
    }
  }
  return series
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
