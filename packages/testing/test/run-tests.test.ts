import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count } from '../src/run-tests.ts'

test('the closing lines of every runner are added up, whatever stands before them', () => {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const lines = [
    '@livepods/sql:test: ℹ pass 12',
    'ℹ pass 3',
    'a: ℹ fail 1',
    'a: ℹ cancelled 2',
    'a: ℹ skipped 4',
    'ℹ todo 1',
    'pass 9',
  ]
  for (const line of lines) count(line, counts)
  assert.deepEqual(counts, { passed: 15, failed: 3, skipped: 5 })
})
