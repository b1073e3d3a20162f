import type { Summary } from './statistics.ts'

/** "18.4 (17.9–19.0)" */
export function spread({ median, low, high }: Summary, unit = ''): string {
  return `${rounded(median)}${unit} (${rounded(low)}–${rounded(high)})`
}

/** Three digits that count, none after the point from 100 on. */
export function rounded(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}
