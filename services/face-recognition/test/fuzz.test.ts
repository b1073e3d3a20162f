import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz/fuzz.ts'

test('2000 mutated pictures are outcomes: no crash, no hang, and the memory has its bound', async () => {
  const { outcomes, failures, hangs, rss, exit } = await fuzz({ count: 2000, seed: 1 })
  assert.deepEqual([failures, hangs, exit], [[], [], 0])
  assert.ok(rss.most <= 1500, `${rss.most} MB`)
  const answered = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  assert.equal(answered, 2000)
  // Else the mutations would not reach what they are for: half broken, half read to the end.
  assert.ok((outcomes.OUTCOME_UNREADABLE ?? 0) > 300)
  assert.ok((outcomes.OUTCOME_UNIDENTIFIED ?? 0) > 300)
})
