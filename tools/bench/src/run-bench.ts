import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@livepods/service'
import { describeMachine } from './machine.ts'
import { toMarkdown } from './markdown.ts'
import { optionsOf, readOptions } from './options.ts'
import type { Progress } from './progress.ts'
import type { Result } from './report.ts'
import { revisionOf } from './revision.ts'
import { StopRequested } from './stop-requested.ts'
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
  const options = readOptions(rest, suite)
  const machine = describeMachine()
  if (machine.loadAtStart > QUIET_LOAD * machine.cores)
    progress.note(`The machine is busy (load ${machine.loadAtStart}): ratios are still fair, times are not.`)
  const revision = await revisionOf(import.meta.dirname)
  const date = new Date().toISOString()
  const command = ['pnpm bench', ...args].join(' ')
  using stop = new StopRequested()
  const report = await suite.run({ ...options, progress, signal: stop.signal })
  // A quick run is too noisy to count: it never goes over what is kept.
  const target = options.size === 'quick' ? await mkdtemp(join(tmpdir(), 'livepods-bench-')) : folder
  return await writeResult({ suite: name, command, date, revision, machine, ...report }, target)
}

/** How each of these is called. */
export function usage(suites: Readonly<Record<string, Suite>>): string {
  const lines = Object.entries(suites).map(([name, suite]) => `  pnpm bench ${name} ${optionsOf(suite)}`)
  return ['Usage:', ...lines, '--quick tries everything in a minute or two and writes into a temporary folder.'].join(
    '\n',
  )
}

/** Writes `<suite>.json` and `<suite>.md`; resolves to the path of the page. */
async function writeResult(result: Result, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const { tables: _, aboutTargets: __, targets, data, ...context } = result
  const numbers = { ...context, data: { targets, ...data } }
  await writeFile(join(folder, `${result.suite}.json`), `${JSON.stringify(numbers, undefined, 2)}\n`)
  const page = join(folder, `${result.suite}.md`)
  await writeFile(page, toMarkdown(result))
  return page
}
