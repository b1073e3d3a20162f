import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '@livepods/service'
import type { Report } from '../src/report.ts'
import { runBench } from '../src/run-bench.ts'
import type { Bench } from '../src/suite.ts'
import { result } from './support/result.ts'
import { tinyBench } from './support/tiny-bench.ts'

/** A suite that keeps what it was asked, and a folder for results. */
function prepared(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const asked: Bench[] = []
  const { title, about = [], targets, tables, data } = result
  const run = async (bench: Bench): Promise<Report> => {
    asked.push(bench)
    return { title, about, targets, tables, data }
  }
  const suites = { tea: { parts: ['green'], option: { name: '--milk', value: 'KIND', otherwise: 'oat' }, run } }
  return { folder, asked, suites, progress: tinyBench().progress }
}

test('a run writes numbers and a page where results are kept', async (t) => {
  const { asked, ...invocation } = prepared(t)
  const page = await runBench({ ...invocation, args: ['tea', '--milk'] })
  assert.equal(page, join(invocation.folder, 'tea.md'))
  assert.match(
    readFileSync(page, 'utf8'),
    /^# Cups of tea\n[\s\S]*`pnpm bench tea --milk`[\s\S]*\| small \| 3 \| 5 \|\n$/,
  )
  const numbers = JSON.parse(readFileSync(join(invocation.folder, 'tea.json'), 'utf8'))
  assert.equal(numbers.machine.node, process.version)
  assert.deepEqual(numbers.data, { targets: result.targets, ...result.data })
  assert.deepEqual(
    asked.map(({ size, option }) => ({ size, option })),
    [{ size: 'full', option: 'oat' }],
  )
})

test('a quick run leaves the results that are kept alone and writes into a temporary folder', async (t) => {
  const { asked, ...invocation } = prepared(t)
  const kept = join(invocation.folder, 'tea.md')
  writeFileSync(kept, 'what counts')
  const page = await runBench({ ...invocation, args: ['tea', '--quick', '--milk'] })
  t.after(() => rmSync(dirname(page), { recursive: true }))
  assert.equal(readFileSync(kept, 'utf8'), 'what counts')
  assert.equal(existsSync(join(invocation.folder, 'tea.json')), false)
  assert.match(readFileSync(page, 'utf8'), /^# Cups of tea\n/)
  assert.deepEqual(
    asked.map(({ size, option }) => ({ size, option })),
    [{ size: 'quick', option: 'oat' }],
  )
})

for (const args of [[], ['coffee'], ['--quick'], ['constructor']]) {
  test(`"${args.join()}" is no suite: the answer is the usage`, async (t) => {
    const { asked, ...invocation } = prepared(t)
    const refusal = (error: Error) =>
      error instanceof UsageError && /pnpm bench tea \[--quick\] \[--milk \[KIND\]\]/.test(error.message)
    await assert.rejects(runBench({ ...invocation, args }), refusal)
    assert.equal(asked.length, 0)
  })
}

test('a run listens for signals that stop it, and no longer when it is over', async (t) => {
  const { asked, ...invocation } = prepared(t)
  const listeners = process.listenerCount('SIGTERM')
  const suites = {
    tea: {
      parts: [],
      run: async ({ signal }: Bench): Promise<Report> => {
        process.emit('SIGTERM', 'SIGTERM')
        return await Promise.reject(signal.reason)
      },
    },
  }
  await assert.rejects(runBench({ ...invocation, suites, args: ['tea'] }), /Stopped by SIGTERM/)
  assert.equal(process.listenerCount('SIGTERM'), listeners)
})

test('the command exits 64 for a wrong option, and 0 for --help and -h, also of a suite', async () => {
  const run = promisify(execFile)
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  await assert.rejects(run(process.execPath, [main, 'coffee']), { code: 64 })
  await assert.rejects(run(process.execPath, [main, 'people', '--wind']), { code: 64 })
  for (const args of [['--help'], ['-h'], ['faces', '--help']]) {
    const { stdout } = await run(process.execPath, [main, ...args])
    assert.match(stdout, /^Usage:\n {2}pnpm bench faces/)
  }
})
