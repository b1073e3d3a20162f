import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FailureReport } from './failure-report.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Runs the test task of every package (or of those that `args` filter) through turbo, shows its output (failures once more at the end), and adds up what the runners counted. */
export async function runTests(args: string[], environment: Record<string, string>): Promise<Counts> {
  const child = spawn('turbo', ['run', 'test', '--output-logs=full', '--continue', ...args], {
    env: { ...process.env, FORCE_COLOR: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = new FailureReport()
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line)
    count(line, counts)
    failures.read(line)
  })
  const [code] = await once(child, 'close')
  if (`${failures}`) console.log(`\nWhat failed:\n${failures}\n`)
  // A package whose tests did not even start reports no number.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

/** The closing lines of node's test runner: "ℹ pass 12". */
export function count(line: string, counts: Counts): void {
  const [, what, number] = /ℹ (pass|fail|cancelled|skipped|todo) (\d+)$/.exec(line) ?? []
  if (what === 'pass') counts.passed += Number(number)
  else if (what === 'fail' || what === 'cancelled') counts.failed += Number(number)
  else counts.skipped += Number(number ?? 0)
}
