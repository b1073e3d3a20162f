import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from '../src/index.ts'

test('the wait is random, at most doubles with each attempt, and has a bound', () => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const waitMs = backoffMs(attempt, { baseMs: 100, maxMs: 5000 })
    assert.ok(waitMs >= 0 && waitMs <= Math.min(5000, 100 * 2 ** attempt))
  }
  assert.ok(new Set(Array.from({ length: 20 }, () => backoffMs(5, { baseMs: 100, maxMs: 5000 }))).size > 15)
})
