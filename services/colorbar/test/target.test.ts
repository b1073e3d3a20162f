import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryMs } from '../src/target.ts'

test('a target is tried again after 0.3 s, then more and more rarely, every 5 s at the least', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 1000].map(retryMs), [300, 600, 1200, 2400, 4800, 5000, 5000])
})
