import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { live } from '../../src/live/live.ts'
import { situationsOf } from '../../src/mutation.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { runChaos } from '../../src/run-chaos.ts'
import { scheduleOf } from '../../src/schedule.ts'

test('replicas die, hang, are replaced and cut off: no number twice, nothing listed that is absent, every viewer back', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-chaos-live-'))
  // Removed at the end: what failed can be looked into.
  t.diagnostic(directory)
  const profile = live.profiles.smoke
  const nemeses = nemesesOf(live)
  const report = await runChaos({
    trial: live,
    profile,
    schedule: scheduleOf(profile.seed, profile, nemeses),
    // Those in which mistakes do harm do none to what is right.
    situations: [live.mutations.number, live.mutations.owners].flatMap((mutation) =>
      situationsOf(mutation, nemeses).slice(0, 1),
    ),
    seed: profile.seed,
    directory,
    announce: (said) => t.diagnostic(said),
  })
  assert.deepEqual(
    report.verdicts.filter(({ violations = [] }) => violations.length > 0),
    [],
  )
  assert.deepEqual(
    report.faults.filter(({ skipped }) => skipped),
    [],
  )
  for (const kind of ['flv', 'hls', 'dash', 'check']) assert.ok((report.outcomes[kind] ?? 0) > 10, kind)
  await rm(directory, { recursive: true, force: true })
})
