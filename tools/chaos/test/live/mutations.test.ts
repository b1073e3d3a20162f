import assert from 'node:assert/strict'
import { test } from 'node:test'
import { live } from '../../src/live/live.ts'
import type { Mutation } from '../../src/mutation.ts'
import { playMutation } from '../support/play-mutation.ts'

/** The invariant that does not hold with each mistake. */
const BROKEN: Record<keyof typeof live.mutations, string> = { number: 'L1', forget: 'L2', owners: 'L4' }
/** CHAOS_MUTATIONS=all has the others, too: half a minute each. */
const USUAL = ['number']

for (const [name, mutation] of Object.entries<Mutation>(live.mutations)) {
  const broken = BROKEN[name as keyof typeof BROKEN]
  const skip = process.env.CHAOS_MUTATIONS !== 'all' && !USUAL.includes(name)
  test(`the judge finds the mistake "${name}": ${broken} does not hold`, { skip }, async (t) => {
    await playMutation(t, { trial: live, name, mutation }, (report) => {
      const { violations = [] } = report.verdicts.find(({ id }) => id === broken) ?? {}
      assert.ok(violations.length > 0, JSON.stringify(report.verdicts))
    })
  })
}
