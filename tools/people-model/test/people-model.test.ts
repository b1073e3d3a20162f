import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { freshDatabase } from '@livepods/testing'
import fc from 'fast-check'
import { flawed, MISTAKES, type Mistake } from '../src/mistakes.ts'
import { ModelMismatchError, play } from '../src/play.ts'
import { sequences } from '../src/step.ts'

const RUNS = process.env.CI ? 2000 : 200
/** A change lands or does not for what it does, and not by its luck; everywhere else each run plays other sequences. */
const seed = Number(process.env.PEOPLE_MODEL_SEED ?? (process.env.CI ? 2026 : randomInt(1_000_000)))

test(`what people say of faces stays said, in ${RUNS} sequences (PEOPLE_MODEL_SEED=${seed})`, async () => {
  await using db = await freshDatabase()
  const holds = fc.asyncProperty(sequences, async (steps) => await play(db.database, steps))
  await fc.assert(holds, { numRuns: RUNS, seed })
})

for (const mistake of Object.keys(MISTAKES) as Mistake[]) {
  test(`the model finds the mistake "${mistake}"`, async (t) => {
    await using db = await freshDatabase()
    const database = flawed(db.database, mistake)
    const holds = fc.asyncProperty(sequences, async (steps) => await play(database, steps))
    const found = await fc.check(holds, { numRuns: 1000, seed: 1, endOnFailure: true })
    t.diagnostic(`found in sequence ${found.numRuns}`)
    assert.ok(found.failed && found.errorInstance instanceof ModelMismatchError, 'it is not found')
  })
}
