import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Judgement } from '../src/judge.ts'
import type { MutationName } from '../src/mutation.ts'
import { PROFILES } from '../src/profile.ts'
import { runChaos } from '../src/run-chaos.ts'
import { SHORT, targetedStorm } from '../src/targeted-storm.ts'

/** What the audit must count of each mistake. */
const CAUGHT: [MutationName, keyof Pick<Judgement, 'lost' | 'twice' | 'stuck'>][] = [
  ['sweeper', 'stuck'],
  ['token', 'twice'],
  ['lease', 'twice'],
  ['order', 'lost'],
  ['ack-early', 'lost'],
]

for (const [mutation, count] of CAUGHT) {
  test(`the audit finds the mistake "${mutation}": something is ${count}`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'livepods-mutation-'))
    // Removed at the end: what failed can be looked into.
    t.diagnostic(directory)
    const { situations, profile, environments } = targetedStorm(mutation)
    const report = await runChaos({
      profile: { ...PROFILES.smoke, ...SHORT, ...profile },
      schedule: [],
      situations,
      seed: 1,
      mutation,
      environments,
      directory,
      announce: (sentence) => t.diagnostic(sentence),
    })
    assert.deepEqual(
      report.faults.filter(({ skipped }) => skipped),
      [],
    )
    assert.ok(report[count] > 0, JSON.stringify(report.verdicts))
    assert.equal(report.holds, false)
    await rm(directory, { recursive: true, force: true })
  })
}

test('the situations that make these mistakes do harm do none to the suite as it is', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-situations-'))
  t.diagnostic(directory)
  const storms = CAUGHT.map(([mutation]) => targetedStorm(mutation))
  const report = await runChaos({
    profile: { ...PROFILES.smoke, ...SHORT, ...targetedStorm('token').profile, drainWithin: 180 },
    schedule: [],
    situations: storms.flatMap(({ situations }) => situations.slice(0, 1)),
    seed: 1,
    environments: targetedStorm('token').environments,
    directory,
    announce: (sentence) => t.diagnostic(sentence),
  })
  const { lost, twice, stuck } = report
  assert.deepEqual({ lost, twice, stuck }, { lost: 0, twice: 0, stuck: 0 }, JSON.stringify(report.verdicts))
  // Never half written: that one cannot be had.
  assert.deepEqual(
    report.faults.filter(({ skipped }) => skipped).map(({ nemesis }) => nemesis),
    ['crash-between-writes'],
  )
  await rm(directory, { recursive: true, force: true })
})
