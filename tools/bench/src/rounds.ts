import { type Readings, Series } from './series.ts'
import type { Bench } from './suite.ts'

/** One of the things that are compared. */
export interface Candidate<Row> {
  readonly name: string
  /** Measures one row of the table once; undefined where the row is not for this candidate. */
  measure(row: Row): Promise<Readings | undefined>
}

export interface Rounds<Row> {
  /** Names this comparison in the progress. */
  title: string
  candidates: readonly Candidate<NoInfer<Row>>[]
  rows: readonly Row[]
  /** How many rounds count, and how many before them do not (1). */
  rounds: number
  warmUp?: number
}

/**
 * Measures everyone in every round, row by row, one after the other and never two at once: what changes on the machine in the meantime
 * meets all of them. Who begins changes from round to round, so that nobody always comes after the same one.
 */
export async function measureRounds<Row extends { name: string }>(
  { progress, signal }: Pick<Bench, 'progress' | 'signal'>,
  { title, candidates, rows, rounds, warmUp = 1 }: Rounds<Row>,
): Promise<Series> {
  const names = (named: readonly { name: string }[]) => named.map(({ name }) => name)
  const series = new Series(names(rows), names(candidates))
  for (let round = -warmUp; round < rounds; round++) {
    for (const [number, row] of rows.entries()) {
      for (const candidate of rotate(candidates, round + warmUp + number)) {
        signal.throwIfAborted()
        const when = round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`
        progress.say(`${title}: ${when}, ${row.name}, ${candidate.name}`)
        const readings = await candidate.measure(row)
        if (round >= 0 && readings) series.add(row.name, candidate.name, readings)
      }
    }
  }
  return series
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
