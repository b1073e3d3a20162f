import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { live } from '../../src/live/live.ts'
import { type Mutation, SHORT, situationsOf } from '../../src/mutation.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { runChaos } from '../../src/run-chaos.ts'

/** The invariant that does not hold with each mistake. */
const BROKEN: Record<keyof typeof live.mutations, string> = { number: 'L1', forget: 'L2', owners: 'L4' }
/** CHAOS_MUTATIONS=all has the others, too: half a minute each. */
const USUAL = ['number']

for (const [name, mutation] of Object.entries<Mutation>(live.mutations)) {
  const broken = BROKEN[name as keyof typeof BROKEN]
  const skip = process.env.CHAOS_MUTATIONS !== 'all' && !USUAL.includes(name)
  test(`the judge finds the mistake "${name}": ${broken} does not hold`, { skip }, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'livepods-mutation-'))
    // Removed at the end: what failed can be looked into.
    t.diagnostic(directory)
    const report = await runChaos({
      trial: live,
      profile: { ...live.profiles.smoke, ...SHORT, ...mutation.profile },
      schedule: [],
      situations: situationsOf(mutation, nemesesOf(live)),
      seed: 1,
      mutation: name,
      directory,
      announce: (sentence) => t.diagnostic(sentence),
    })
    const { violations = [] } = report.verdicts.find(({ id }) => id === broken) ?? {}
    assert.ok(violations.length > 0, JSON.stringify(report.verdicts))
    await rm(directory, { recursive: true, force: true })
  })
}
