import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz/fuzz.ts'

const COUNT = 500

// In parts, so that each ends within a test's ten minutes on a machine with load 40 too.
for (const from of [0, 500, 1000, 1500])
  test(`${COUNT} mutated pictures from ${from} on are outcomes: no crash, no hang, and the memory has its bound`, async () => {
    const { outcomes, failures, hangs, rss, exit } = await fuzz({ count: COUNT, seed: 1, from })
    assert.deepEqual([failures, hangs, exit], [[], [], 0])
    assert.ok(rss.most <= 1500, `${rss.most} MB`)
    const answered = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
    assert.equal(answered, COUNT)
    // Else the mutations would not reach what they are for: half broken, half read to the end.
    assert.ok((outcomes.OUTCOME_UNREADABLE ?? 0) > 75)
    assert.ok((outcomes.OUTCOME_UNIDENTIFIED ?? 0) > 75)
  })
