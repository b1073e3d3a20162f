import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messages } from '../../src/messages/messages.ts'
import type { Mutation } from '../../src/mutation.ts'
import { playMutation } from '../support/play-mutation.ts'

/** The invariant that does not hold with each mistake. */
const BROKEN: Record<keyof typeof messages.mutations, string> = {
  'ack-early': 'M1',
  commit: 'M1',
  seq: 'M1',
  cursor: 'M1',
  follower: 'M4',
}
/** CHAOS_MUTATIONS=all has the others, too: half a minute each. */
const USUAL = ['commit', 'cursor']

for (const [name, mutation] of Object.entries<Mutation>(messages.mutations)) {
  const broken = BROKEN[name as keyof typeof BROKEN]
  const skip = process.env.CHAOS_MUTATIONS !== 'all' && !USUAL.includes(name)
  test(`the judge finds the mistake "${name}": ${broken} does not hold`, { skip }, async (t) => {
    await playMutation(t, { trial: messages, name, mutation }, (report) => {
      assert.deepEqual(
        report.faults.filter(({ skipped }) => skipped),
        [],
      )
      const { violations = [] } = report.verdicts.find(({ id }) => id === broken) ?? {}
      assert.ok(report.lost > 0 && violations.length > 0, JSON.stringify(report.verdicts))
    })
  })
}
