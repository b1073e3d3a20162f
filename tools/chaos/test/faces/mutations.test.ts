import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { faces } from '../../src/faces/faces.ts'
import type { Judgement } from '../../src/judge.ts'
import { type Mutation, SHORT, situationsOf } from '../../src/mutation.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { runChaos } from '../../src/run-chaos.ts'
import { playMutation } from '../support/play-mutation.ts'

const MUTATIONS: Record<string, Mutation> = faces.mutations
const situationsFor = (mutation: Mutation) => situationsOf(mutation, nemesesOf(faces))

/** What the audit must count of each mistake. */
const CAUGHT: Record<keyof typeof faces.mutations, keyof Pick<Judgement, 'lost' | 'twice' | 'stuck'>> = {
  sweeper: 'stuck',
  token: 'twice',
  lease: 'twice',
  order: 'lost',
  'ack-early': 'lost',
}

for (const [name, mutation] of Object.entries(MUTATIONS)) {
  const count = CAUGHT[name as keyof typeof CAUGHT]
  test(`the audit finds the mistake "${name}": something is ${count}`, async (t) => {
    await playMutation(t, { trial: faces, name, mutation }, (report) => {
      assert.deepEqual(
        report.faults.filter(({ skipped }) => skipped),
        [],
      )
      assert.ok(report[count] > 0, JSON.stringify(report.verdicts))
      assert.equal(report.holds, false)
    })
  })
}

test('the situations that make these mistakes do harm do none to the suite as it is', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-situations-'))
  t.diagnostic(directory)
  const report = await runChaos({
    trial: faces,
    profile: { ...faces.profiles.smoke, ...SHORT, ...faces.mutations.token.profile, drainWithin: 180 },
    schedule: [],
    situations: Object.values(MUTATIONS).flatMap((mutation) => situationsFor(mutation).slice(0, 1)),
    seed: 1,
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
