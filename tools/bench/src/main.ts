// `pnpm bench <suite>`: measures side by side with what one would use instead, and writes docs/benchmarks/<suite>.{json,md}.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { progressOn } from './progress.ts'
import { runBench } from './run-bench.ts'
import { UsageError } from './suite.ts'
import { SUITES } from './suites.ts'

const folder = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url))
const progress = progressOn(process.stderr)

try {
  const page = await runBench({ args: process.argv.slice(2), suites: SUITES, folder, progress })
  progress.note(`written: ${page}`)
  process.stdout.write(readFileSync(page))
} catch (error) {
  progress.note(error instanceof UsageError ? error.message : String((error as Error).stack))
  process.exitCode = error instanceof UsageError ? 64 : 1
}
