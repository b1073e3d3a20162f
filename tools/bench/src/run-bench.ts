import { UsageError } from '@livepods/service'
import { describeMachine } from './machine.ts'
import type { Progress } from './progress.ts'
import { writeResult } from './results.ts'
import { revisionOf } from './revision.ts'
import type { Suite } from './suite.ts'

export interface Invocation {
  /** What follows `pnpm bench`. */
  args: readonly string[]
  suites: Readonly<Record<string, Suite>>
  /** Where results are kept. */
  folder: string
  progress: Progress
}

/** More than this and something else is being measured as well. */
const QUIET_LOAD = 0.5

/** Runs one suite and writes what it found; resolves to the path of the page. Throws UsageError. */
export async function runBench({ args, suites, folder, progress }: Invocation): Promise<string> {
  const [name = '', ...rest] = args
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined
  if (!suite) throw new UsageError(usage(suites))
  const quick = rest.includes('--quick')
  const machine = describeMachine()
  if (machine.loadAtStart > QUIET_LOAD * machine.cores)
    progress.note(`The machine is busy (load ${machine.loadAtStart}): ratios are still fair, times are not.`)
  const revision = await revisionOf(import.meta.dirname)
  const date = new Date().toISOString()
  const report = await suite.run({ quick, args: rest.filter((arg) => arg !== '--quick'), progress })
  const command = ['pnpm bench', ...args].join(' ')
  return await writeResult({ suite: name, command, date, revision, machine, ...report }, { folder, quick })
}

/** How each of these is called. */
export function usage(suites: Readonly<Record<string, Suite>>): string {
  const lines = Object.entries(suites).map(([name, { usage }]) => `  pnpm bench ${name} [--quick] ${usage}`)
  return ['Usage:', ...lines, '--quick tries everything in a minute or two and writes into a temporary folder.'].join(
    '\n',
  )
}
