import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { messages } from '../../src/messages/messages.ts'
import { situationsOf } from '../../src/mutation.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { runChaos } from '../../src/run-chaos.ts'
import { scheduleOf } from '../../src/schedule.ts'

test('whatever dies, hangs or is full for half a minute: no message is lost, twice, stuck or out of order', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-chaos-messages-'))
  // Removed at the end: what failed can be looked into.
  t.diagnostic(directory)
  const profile = messages.profiles.smoke
  const nemeses = nemesesOf(messages)
  const report = await runChaos({
    trial: messages,
    profile,
    schedule: scheduleOf(profile.seed, profile, nemeses),
    // Those in which mistakes do harm do none to what is right.
    situations: Object.values(messages.mutations).flatMap((mutation) => situationsOf(mutation, nemeses).slice(0, 1)),
    seed: profile.seed,
    directory,
    announce: (said) => t.diagnostic(said),
  })
  assert.deepEqual(
    report.verdicts.filter(({ violations = [] }) => violations.length > 0),
    [],
  )
  assert.deepEqual([report.lost, report.twice, report.stuck], [0, 0, 0])
  assert.deepEqual(
    // A small disk takes root.
    report.faults.filter(({ skipped, nemesis }) => skipped && nemesis !== 'disk-full'),
    [],
  )
  assert.ok(report.faults.length > 15 && (report.outcomes.message ?? 0) > 100)
  await rm(directory, { recursive: true, force: true })
})
