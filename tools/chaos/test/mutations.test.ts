import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Judgement } from '../src/judge.ts'
import type { MutationName } from '../src/mutation.ts'
import { PROFILES } from '../src/profile.ts'
import { runChaos } from '../src/run-chaos.ts'
import { targetedStorm } from '../src/targeted-storm.ts'

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
    const { schedule, profile, environments } = targetedStorm(mutation)
    const report = await runChaos({
      profile: { ...PROFILES.smoke, ...profile },
      schedule,
      seed: 1,
      mutation,
      environments,
      directory,
      announce: (sentence) => t.diagnostic(sentence),
    })
    assert.ok(report[count] > 0, JSON.stringify(report.verdicts))
    assert.equal(report.holds, false)
    await rm(directory, { recursive: true, force: true })
  })
}
