import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SHORT, situationsOf } from '../src/mutation.ts'
import { nemesesOf } from '../src/nemesis.ts'
import { type RunOptions, runChaos } from '../src/run-chaos.ts'
import { scheduleOf } from '../src/schedule.ts'
import { writeReport } from '../src/write-report.ts'
import { counter } from './support/counter.ts'

const { smoke } = counter.profiles
const nemeses = nemesesOf(counter)

async function run(t: TestContext, options: Pick<RunOptions, 'profile' | 'schedule' | 'situations' | 'mutation'>) {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-trial-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const announce = (sentence: string) => t.diagnostic(sentence)
  return { directory, report: await runChaos({ trial: counter, seed: 1, directory, announce, ...options }) }
}

test('another trial is tormented by the same storm, and its own invariants judge it', async (t) => {
  const { report, directory } = await run(t, { profile: smoke, schedule: scheduleOf(1, smoke, nemeses) })
  assert.deepEqual(
    report.verdicts.map(({ id, violations }) => [id, violations]),
    [
      ['C1', []],
      ['C2', []],
    ],
  )
  const played = new Set(report.faults.filter(({ skipped }) => !skipped).map(({ nemesis }) => nemesis))
  assert.deepEqual(played, new Set(smoke.nemeses))
  assert.ok((report.operations.ok ?? 0) > 0)
  const [, page = ''] = await writeReport(directory, report, { command: 'pnpm chaos counter', nemeses })
  assert.match(await readFile(page, 'utf8'), /lost 0, twice 0, stuck 0/)
})

test('a mistake in another trial is found in the situation that it names', async (t) => {
  const situations = situationsOf(counter.mutations.early, nemeses)
  const profile = { ...smoke, ...SHORT, drainWithin: 2 }
  const { report } = await run(t, { profile, schedule: [], situations, mutation: 'early' })
  assert.ok(report.lost > 0)
  assert.equal(report.holds, false)
})
