import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Counts, Told } from './reporter.ts'

interface Options {
  /** Undefined removes a variable. */
  environment?: Record<string, string | undefined>
  print?: (text: string) => void
}

/** A package whose tests say nothing for so long hangs, after its last test too: each may take 10 minutes (`--test-timeout`). */
const SILENT_MS = 12 * 60_000
/** What people read, and beside it what `runTests` is told. */
const REPORTERS = ['spec', new URL('reporter.ts', import.meta.url).href]
  .map((reporter) => `--test-reporter=${reporter} --test-reporter-destination=stdout`)
  .join(' ')

/** Runs the test task of every package (or of those that `args` filter) through turbo, and adds up what the runners counted. */
export async function runTests(args: string[], environment: Record<string, string>): Promise<Counts> {
  return await following('turbo', ['run', 'test', '--output-logs=full', '--continue', ...args], { environment })
}

/**
 * Runs a command that starts node's test runner, once or several times, and shows what it prints; failures once more at the end. When a
 * runner tells nothing for 12 minutes, or nothing is printed at all, the command is ended and counts as failed.
 */
export async function following(command: string, args: string[], options: Options = {}): Promise<Counts> {
  const { environment = {}, print = (text) => process.stdout.write(text) } = options
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const failures: string[] = []
  const runners = new Map<Socket, Promise<void>>()
  const server = createServer((runner) => runners.set(runner, hear(runner)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const env: NodeJS.ProcessEnv = { ...process.env, FORCE_COLOR: '0', ...environment }
  env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ''} ${REPORTERS}`
  env.TEST_RUN_PORT = String((server.address() as AddressInfo).port)
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })

  const watch = (name: string) =>
    setTimeout(() => {
      failures.push(`Nothing was said for ${SILENT_MS / 60_000} minutes by ${name}: it hangs.`)
      child.kill('SIGTERM')
      setTimeout(kill, 20_000).unref()
    }, SILENT_MS)
  /** What the command started may outlive it: nobody waits for that. */
  const kill = () => {
    child.kill('SIGKILL')
    for (const stream of [child.stdout, ...runners.keys()]) stream.destroy()
  }
  /** Resolves when the runner has told everything. */
  async function hear(runner: Socket): Promise<void> {
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    let silence: NodeJS.Timeout | undefined
    createInterface({ input: runner }).on('line', (line) => {
      const told = JSON.parse(line) as Told
      clearTimeout(silence)
      silence = watch(told.name)
      if (told.failure) failures.push(`${told.name}: ${told.failure}`)
      for (const [what, number] of Object.entries(told.counts ?? {})) counts[what as keyof Counts] += number
    })
    // One that was killed resets its connection.
    runner.on('error', () => {}).on('close', resolve)
    await gone
    clearTimeout(silence)
  }

  let silence = watch(command)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    clearTimeout(silence)
    silence = watch(command)
    print(text)
  })
  const [code] = await once(child, 'close')
  clearTimeout(silence)
  await Promise.all(runners.values())
  server.close()
  if (failures.length > 0) print(`\nWhat failed:\n${failures.join('\n\n')}\n\n`)
  // A package whose tests did not even start reports no number.
  if ((code !== 0 || failures.length > 0) && counts.failed === 0) counts.failed = 1
  return counts
}
