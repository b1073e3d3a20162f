import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerWithinMs } from '../../src/rpc/answer-within.ts'

test('a call is answered within 8 s, and before its deadline passes', () => {
  const now = 1_000_000
  assert.equal(answerWithinMs(Number.POSITIVE_INFINITY, now), 8000)
  assert.equal(answerWithinMs(now + 10_000, now), 8000)
  assert.equal(answerWithinMs(now + 5000, now), 4000)
  assert.equal(answerWithinMs(now - 1, now), 0)
})
