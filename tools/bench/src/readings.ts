import type { Findings, Table } from './report.ts'
import type { Series } from './series.ts'
import { type Summary, spread } from './statistics.ts'
import { type Bound, type Target, target } from './targets.ts'

/** A reading with a table of its own: a row per row and a column per candidate. */
export interface Reading {
  title: string
  about?: string
  /** Its name in the series. */
  reading: string
  /** Present: how many times as much everyone is as this candidate, the median of the rounds' ratios. */
  baseline?: string
  /** Instead of the median with the quartiles. */
  show?: (summary: Summary) => string
}

/** A reading that is a column beside others, all of one candidate: what heads it, its name in the series, and what it is to reach in rows. */
export type Column = [head: string, reading: string, ...goals: Goal[]]

export interface Goal extends Bound {
  name: string
  /** Where it counts. */
  row: string
}

export interface Columns {
  title: string
  about: string
  rowName: string
  candidate: string
  columns: readonly Column[]
  /** As of a reading. */
  show?: (summary: Summary) => string
}

const NOTHING = '–'

/** A table per reading. `rowName` heads the first column. */
export function readingTables(series: Series, rowName: string, readings: readonly Reading[]): Table[] {
  return readings.map(({ reading, baseline, show = spread, ...texts }) => {
    const cell = (row: string, candidate: string) => {
      const which = { candidate, reading }
      if (baseline === undefined) return shown(series.summary(row, which), show)
      if (candidate === baseline) return '1'
      return shown(series.ratio(row, which, { candidate: baseline, reading }), (ratio) => spread(ratio, '×'))
    }
    const rows = series.rows.map((row) => [row, ...series.candidates.map((candidate) => cell(row, candidate))])
    return { ...texts, columns: [rowName, ...series.candidates], rows }
  })
}

/** The table, and the goals of its columns. */
export function columnFindings(series: Series, columns: Columns): Pick<Findings, 'targets' | 'tables'> {
  return { targets: columnTargets(series, columns), tables: [columnTable(series, columns)] }
}

export function columnTable(series: Series, { candidate, columns, rowName, show = spread, ...texts }: Columns): Table {
  const cells = (row: string) => columns.map(([, reading]) => shown(series.summary(row, { candidate, reading }), show))
  return {
    ...texts,
    columns: [rowName, ...columns.map(([head]) => head)],
    rows: series.rows.map((row) => [row, ...cells(row)]),
  }
}

/** The goals of the columns, row by row. */
function columnTargets(series: Series, { candidate, columns }: Columns): Target[] {
  return series.rows.flatMap((here) =>
    columns.flatMap(([, reading, ...goals]) =>
      goals.flatMap(({ name, row, ...bound }) =>
        row === here ? target(name, series.summary(row, { candidate, reading })?.median, bound) : [],
      ),
    ),
  )
}

export function atMost(row: string, name: string, wanted: number, unit: string): Goal {
  return { row, name, atMost: wanted, unit }
}

/** A dash where nothing was measured. */
export function shown(summary: Summary | undefined, show: (summary: Summary) => string): string {
  return summary ? show(summary) : NOTHING
}
