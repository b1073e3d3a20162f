import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { faces } from '../../src/faces/faces.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { runChaos } from '../../src/run-chaos.ts'
import { scheduleOf } from '../../src/schedule.ts'

test('a store that is away, late or wrong, and known people that are gone, cost no photo anything', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-chaos-store-'))
  // Removed at the end: what failed can be looked into.
  t.diagnostic(directory)
  const profile = faces.profiles.store
  const schedule = scheduleOf(profile.seed, profile, nemesesOf(faces))
  const report = await runChaos({
    trial: faces,
    profile,
    schedule,
    seed: profile.seed,
    directory,
    announce: (said) => t.diagnostic(said),
  })
  const wrong = report.verdicts.filter(({ violations = [] }) => violations.length > 0)
  assert.deepEqual(wrong, [])
  assert.deepEqual([report.lost, report.twice, report.stuck], [0, 0, 0])
  assert.ok(report.faults.length === 4 && report.faults.every(({ skipped }) => skipped === undefined))
  assert.equal(report.outcomes.MISSING, undefined)
  await rm(directory, { recursive: true, force: true })
})
