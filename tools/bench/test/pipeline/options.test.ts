import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '@livepods/service'
import { PARTS, readOptions } from '../../src/pipeline/options.ts'

test('all parts are measured unless some are named, in their own order', () => {
  assert.deepEqual(readOptions([]), { parts: PARTS, rounds: undefined })
  assert.deepEqual(readOptions(['--only', 'sweep,accept', '--rounds', '2']), { parts: ['accept', 'sweep'], rounds: 2 })
})

for (const args of [['--milk'], ['--only'], ['--only', 'tea'], ['--only', ''], ['--rounds', '0']]) {
  test(`"${args.join(' ')}" is refused with what is allowed`, () => {
    assert.throws(() => readOptions(args), UsageError)
  })
}
