import type { Table } from './report.ts'
import type { Series } from './series.ts'
import type { Summary } from './statistics.ts'

export interface MatrixOptions {
  title: string
  about?: string
  reading: string
  /** Heads the first column. */
  rowName: string
}

const NOTHING = '–'

/** A row per row and a column per candidate: median, and the quartiles in brackets. */
export function medianTable(series: Series, { reading, rowName, ...texts }: MatrixOptions): Table {
  return tableOf(series, { rowName, ...texts }, (row, candidate) => spread(series.summary(row, { candidate, reading })))
}

/** How many times as much everyone is as the baseline: median of the rounds' ratios, and the quartiles in brackets. */
export function ratioTable(
  series: Series,
  { reading, baseline, rowName, ...texts }: MatrixOptions & { baseline: string },
): Table {
  return tableOf(series, { rowName, ...texts }, (row, candidate) => {
    if (candidate === baseline) return '1'
    const against = { candidate: baseline, reading }
    return spread(series.ratio(row, { candidate, reading }, against), '×')
  })
}

/** "18.4 (17.9–19.0)"; a dash where nothing was measured. */
export function spread(summary: Summary | undefined, unit = ''): string {
  if (!summary) return NOTHING
  const { median, low, high } = summary
  return `${rounded(median)}${unit} (${rounded(low)}–${rounded(high)})`
}

/** Three digits that count, none after the point from 100 on. */
export function rounded(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

function tableOf(
  series: Series,
  { rowName, ...texts }: { rowName: string; title: string; about?: string },
  cell: (row: string, candidate: string) => string,
): Table {
  const { rows, candidates } = series
  return {
    ...texts,
    columns: [rowName, ...candidates],
    rows: rows.map((row) => [row, ...candidates.map((candidate) => cell(row, candidate))]),
  }
}
