import { type Columns, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Readings } from '../series.ts'
import type { Bench } from '../suite.ts'

const OURS = 'media-server'

interface OurTable extends Pick<Columns, 'title' | 'about' | 'columns'> {
  /** In the data. */
  name: string
  /** Its only one. */
  row: string
  rounds: number
  warmUp: number
  measure: () => Promise<Readings>
}

/** What the media-server does by itself, in a table of one row, and the goals of its columns. */
export async function measureOurs(
  bench: Bench,
  { name, row, rounds, warmUp, measure, ...table }: OurTable,
): Promise<Findings> {
  const candidates = [{ name: OURS, measure }]
  const rows = [{ name: row }]
  const series = await measureRounds(bench, { title: name, candidates, rows, rounds, warmUp })
  return { ...columnFindings(series, { ...table, rowName: '', candidate: OURS }), data: { [name]: series } }
}
