// `pnpm bench <suite>`: measures side by side with what one would use instead, and writes docs/benchmarks/<suite>.{json,md}.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@livepods/service'
import { delivery } from './delivery/suite.ts'
import { faces } from './faces/suite.ts'
import { live } from './live/suite.ts'
import { messages } from './messages/suite.ts'
import { people } from './people/suite.ts'
import { pipeline } from './pipeline/suite.ts'
import { progressOn } from './progress.ts'
import { runBench, usage } from './run-bench.ts'
import { whoami } from './whoami/suite.ts'

const suites = { faces, pipeline, people, live, whoami, messages, delivery }
const folder = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url))
const progress = progressOn(process.stderr)

const args = process.argv.slice(2)

try {
  if (args.includes('--help') || args.includes('-h')) console.log(usage(suites))
  else {
    const page = await runBench({ args, suites, folder, progress })
    progress.note(`written: ${page}`)
    process.stdout.write(readFileSync(page))
  }
} catch (error) {
  progress.note(error instanceof UsageError ? error.message : String((error as Error).stack))
  process.exitCode = error instanceof UsageError ? error.exitCode : 1
}
