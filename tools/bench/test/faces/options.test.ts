import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '@livepods/service'
import { readOptions } from '../../src/faces/options.ts'

test('--python may have a path; without one it is the python3 of the system', () => {
  assert.deepEqual(readOptions([]), { python: undefined, rounds: undefined })
  assert.deepEqual(readOptions(['--python']), { python: 'python3', rounds: undefined })
  assert.deepEqual(readOptions(['--python', '--rounds', '3']), { python: 'python3', rounds: 3 })
  assert.deepEqual(readOptions(['--python', '/venv/bin/python']), { python: '/venv/bin/python', rounds: undefined })
})

for (const args of [['--milk'], ['--rounds'], ['--rounds', '0'], ['--rounds', 'many']]) {
  test(`"${args.join(' ')}" is refused with what is allowed`, () => {
    assert.throws(() => readOptions(args), UsageError)
  })
}
