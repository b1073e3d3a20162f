import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '@livepods/service'
import { PARTS, readOptions } from '../../src/people/options.ts'

test('all parts are measured, or those that are named, in their order', () => {
  assert.deepEqual(readOptions([]), [...PARTS])
  assert.deepEqual(readOptions(['--only', 'look,paint']), ['paint', 'look'])
  for (const args of [['--fast'], ['--only'], ['--only', 'sweep'], ['--only', 'look', 'more']])
    assert.throws(() => readOptions(args), UsageError)
})
