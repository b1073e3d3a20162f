import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FailureReport } from './failure-report.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A package whose tests say nothing for so long hangs, after its last test too: each may take 10 minutes (`--test-timeout`). */
const SILENT_MS = 12 * 60_000

/** Runs the test task of every package (or of those that `args` filter) through turbo, shows its output (failures once more at the end), and adds up what the runners counted. */
export async function runTests(args: string[], environment: Record<string, string>): Promise<Counts> {
  return await following('turbo', ['run', 'test', '--output-logs=full', '--continue', ...args], { environment })
}

/** Runs a command that prints what runners say, "<task>: <line>". When a task that began says nothing for `silentMs`, or all do, the command is ended and counts as failed. */
export async function following(
  command: string,
  args: string[],
  { environment = {}, silentMs = SILENT_MS }: { environment?: Record<string, string>; silentMs?: number } = {},
): Promise<Counts> {
  const child = spawn(command, args, {
    env: { ...process.env, FORCE_COLOR: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = new FailureReport()
  const silences = new Map<string, NodeJS.Timeout>()
  const watch = (task: string) => {
    const hangs = () => {
      failures.add(`Nothing was said for ${silentMs / 1000} s by ${task}: it hangs.`)
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 20_000).unref()
    }
    silences.set(task, silences.get(task)?.refresh() ?? setTimeout(hangs, silentMs))
  }
  watch(command)
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line)
    watch(command)
    count(line, counts)
    failures.read(line)
    const [, task, said = ''] = /^(\S+): (.*)$/.exec(line) ?? []
    if (task && said.startsWith('ℹ duration_ms')) {
      clearTimeout(silences.get(task))
      silences.delete(task)
    } else if (task) watch(task)
  })
  const [code] = await once(child, 'close')
  for (const silence of silences.values()) clearTimeout(silence)
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
