import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { faces } from '../../src/faces/faces.ts'
import { runChaos } from '../../src/run-chaos.ts'

const SERVICES = ['receiver', 'image-processor', 'image-processor-2', 'face-recognition', 'frontend', 'receiver']
const EVERY_SECONDS = 4

test('a rolling restart of every service under load is not noticed by anybody', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-rolling-'))
  // Removed at the end: what failed can be looked into.
  t.diagnostic(directory)
  const report = await runChaos({
    trial: faces,
    profile: {
      ...faces.profiles.smoke,
      seconds: SERVICES.length * EVERY_SECONDS,
      // With the times of production: nothing here is to run out.
      patience: 12,
      // No connection of a client idles for so long, however slow the machine: each hears that it ends before it does.
      environments: { receiver: { DRAIN_SECONDS: '3' } },
    },
    schedule: SERVICES.map((target, index) => ({ at: index * EVERY_SECONDS, nemesis: 'roll', target, seconds: 0 })),
    seed: 1,
    directory,
    announce: (sentence) => t.diagnostic(sentence),
  })
  const { verdicts, operations, faults } = report
  const graceful = verdicts.find(({ id }) => id === 'I8')
  assert.deepEqual(graceful?.violations, [])
  assert.ok(report.holds, JSON.stringify(verdicts))
  assert.equal(faults.length, SERVICES.length)
  assert.ok((operations.ok ?? 0) > 200)
  await rm(directory, { recursive: true, force: true })
})
