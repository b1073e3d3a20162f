import type { Progress } from './progress.ts'
import type { Report } from './report.ts'

/** What a suite gets to work with. */
export interface Bench {
  /** As little as shows that everything works; the numbers do not count. */
  quick: boolean
  /** Options that are the suite's own. */
  args: readonly string[]
  progress: Progress
}

/** One benchmark: compares candidates in interleaved rounds and reports. Throws UsageError for options that it does not know. */
export interface Suite {
  /** Lines of the usage text for its own options. */
  readonly usage: string
  run(bench: Bench): Promise<Report>
}
