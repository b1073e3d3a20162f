import type { Progress } from './progress.ts'
import type { Report } from './report.ts'

/** How much is measured: what counts, as little as shows that everything works, or the least there is, for the tests of the suites. */
export type Size = 'full' | 'quick' | 'tiny'

/** What a suite and its parts get to work with. */
export interface Bench {
  size: Size
  /** Those that are wanted, in the suite's order. */
  parts: readonly string[]
  /** Rounds that count, instead of each part's own number. */
  rounds?: number | undefined
  /** The value of the suite's own option, where that is given. */
  option?: string | undefined
  progress: Progress
  /** Aborts when it is to stop; what was started is ended then, too. */
  signal: AbortSignal
}

/** One benchmark: compares candidates in interleaved rounds and reports. */
export interface Suite {
  /** What `--only` may name, in the order in which it is measured. */
  readonly parts: readonly string[]
  /** An option of its own, and its value where the command line gives none. */
  readonly option?: { name: string; value: string; otherwise: string }
  run(bench: Bench): Promise<Report>
}

/** Measures something with what all parts of the suite share, and tells what was found. */
export type Part<Shared, Found> = (shared: Shared, bench: Bench) => Promise<Found>

/** What the wanted ones of these parts found, in their order. */
export async function measureParts<Shared, Found>(
  parts: Readonly<Record<string, Part<Shared, Found>>>,
  shared: Shared,
  bench: Bench,
): Promise<Found[]> {
  const found: Found[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (!bench.parts.includes(name)) continue
    bench.signal.throwIfAborted()
    bench.progress.say(`measuring: ${name}`)
    found.push(await part(shared, bench))
  }
  return found
}

/** How much a part measures, of what it says of itself. */
export function planOf<Plan extends { rounds: number }>({ size, rounds }: Bench, plans: Record<Size, Plan>): Plan {
  return { ...plans[size], ...(rounds !== undefined && { rounds }) }
}
