import { type Columns, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Readings } from '../series.ts'
import type { Bench } from '../suite.ts'

const OURS = 'media-server'

interface OurTable<Row> extends Pick<Columns, 'title' | 'about' | 'columns'> {
  /** In the data. */
  name: string
  rows: readonly Row[]
  rounds: number
  warmUp: number
  measure: (row: Row) => Promise<Readings>
}

/** What the media-server does by itself, in a table, and the goals of its columns. */
export async function measureOurs<Row extends { name: string }>(
  bench: Bench,
  { name, rows, rounds, warmUp, measure, ...table }: OurTable<Row>,
): Promise<Findings> {
  const candidates = [{ name: OURS, measure }]
  const series = await measureRounds<Row>(bench, { title: name, candidates, rows, rounds, warmUp })
  return { ...columnFindings(series, { ...table, rowName: '', candidate: OURS }), data: { [name]: series } }
}
