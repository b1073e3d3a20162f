import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from '../src/options.ts'

test('without options the samples are shown and everything is kept in .livepods', () => {
  const options = readOptions([])
  assert.ok(options !== 'help')
  assert.match(options.directory, /\/\.livepods$/)
  assert.deepEqual({ ...options, directory: '' }, { directory: '', fresh: false, samples: true })
})

test('options may follow the -- that pnpm passes on', () => {
  assert.deepEqual(readOptions(['--', '--fresh', '--no-samples', '--directory', '/tmp/x']), {
    directory: '/tmp/x',
    fresh: true,
    samples: false,
  })
  assert.equal(readOptions(['--help']), 'help')
})
