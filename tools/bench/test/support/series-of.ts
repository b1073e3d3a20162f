import { type Readings, Series } from '../../src/series.ts'

/** A series with one round: row → candidate → readings. */
export function seriesOf(rows: Record<string, Record<string, Readings>>): Series {
  const candidates = new Set(Object.values(rows).flatMap((row) => Object.keys(row)))
  const series = new Series(Object.keys(rows), [...candidates])
  for (const [row, measured] of Object.entries(rows))
    for (const [candidate, readings] of Object.entries(measured)) series.add(row, candidate, readings)
  return series
}
