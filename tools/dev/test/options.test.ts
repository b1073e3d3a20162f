import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readOptions } from '../src/options.ts'

test('without options the samples are shown and everything is kept in .livepods', () => {
  const options = readOptions([])
  assert.ok(options !== 'help')
  assert.match(options.directory, /\/\.livepods$/)
  assert.deepEqual({ ...options, directory: '' }, { directory: '', fresh: false, samples: true, verbose: false })
})

test('options may follow the -- that pnpm passes on', () => {
  assert.deepEqual(readOptions(['--', '--fresh', '--no-samples', '--directory', '/tmp/x']), {
    directory: '/tmp/x',
    fresh: true,
    samples: false,
    verbose: false,
  })
  assert.deepEqual([readOptions(['--help']), readOptions(['-h'])], ['help', 'help'])
})

test('the command exits 64 for a wrong option, and 0 for --help and -h', async () => {
  const run = promisify(execFile)
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  await assert.rejects(run(process.execPath, [main, '--wind']), { code: 64 })
  for (const help of ['--help', '-h']) {
    const { stdout } = await run(process.execPath, [main, help])
    assert.match(stdout, /^pnpm dev \[--fresh\]/)
  }
})
