/** What many measurements of one thing come to: the median and, as the spread, the quartiles around it. */
export interface Summary {
  median: number
  /** Lower and upper quartile. */
  low: number
  high: number
  /** How many measurements. */
  count: number
}

/** Median and quartiles (linear interpolation between neighbours). Throws without a value. */
export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('There is nothing to summarise: no measurement was taken.')
  const sorted = values.toSorted((one, other) => one - other)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    count: sorted.length,
  }
}

/**
 * How many times as much `values` are as `baseline`, round by round: what slows a whole round down (another program, heat) cancels out.
 * Both are in the order of the rounds and equally long.
 */
export function summariseRatios(values: readonly number[], baseline: readonly number[]): Summary {
  if (values.length !== baseline.length)
    throw new Error(`A ratio needs both sides of every round: ${values.length} and ${baseline.length} were measured.`)
  return summarise(values.map((value, round) => value / (baseline[round] as number)))
}

/** The value that the given part of all (0.99) does not exceed (linear interpolation). Throws without a value. */
export function percentile(values: Iterable<number>, part: number): number {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) throw new Error('There is nothing to rank: no measurement was taken.')
  return quantile(sorted, part)
}

export interface Latencies {
  p50Ms: number
  p99Ms: number
  longestMs: number
}

/** What many latencies come to. Throws without one. */
export function latenciesOf(milliseconds: readonly number[]): Latencies {
  return {
    p50Ms: percentile(milliseconds, 0.5),
    p99Ms: percentile(milliseconds, 0.99),
    longestMs: percentile(milliseconds, 1),
  }
}

/** "18.4 (17.9–19.0)" */
export function spread({ median, low, high }: Summary, unit = ''): string {
  return `${rounded(median)}${unit} (${rounded(low)}–${rounded(high)})`
}

/** Three digits that count, none after the point from 100 on. */
export function rounded(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (above - below) * (at - Math.floor(at))
}
