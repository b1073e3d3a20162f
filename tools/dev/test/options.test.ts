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
  const choice = { only: undefined, with: [] }
  const given = { choice, engine: undefined, root: undefined, host: '127.0.0.1', port: undefined }
  assert.deepEqual(
    { ...options, directory: '' },
    { directory: '', fresh: false, samples: true, verbose: false, ...given },
  )
})

test('options may follow the -- that pnpm passes on', () => {
  const given = ['--fresh', '--no-samples', '--directory', '/tmp/x', '--only', 'faces,live', '--with', 'compute']
  assert.deepEqual(readOptions(['--', ...given, '--with', 'delivery', '--root', '/tmp/y', '--engine', 'opencv']), {
    directory: '/tmp/x',
    fresh: true,
    samples: false,
    verbose: false,
    host: '127.0.0.1',
    port: undefined,
    choice: { only: ['faces', 'live'], with: ['compute', 'delivery'] },
    engine: 'opencv',
    root: '/tmp/y',
  })
  assert.deepEqual([readOptions(['--help']), readOptions(['-h'])], ['help', 'help'])
})

test('--port takes a port and --host an address, and nothing else', () => {
  const options = readOptions(['--host', '::', '--port', '9000'])
  assert.ok(options !== 'help')
  assert.deepEqual([options.host, options.port], ['::', 9000])
  for (const port of ['0', '65536', '80a', ''])
    assert.throws(() => readOptions([`--port=${port}`]), /--port is ".*", but must be a port, from 1 to 65535/)
  assert.throws(() => readOptions(['--host', 'here']), /--host is "here", but must be an IP address/)
})

test('the command exits 64 for a wrong option, and 0 for --help and -h', async () => {
  const run = promisify(execFile)
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  await assert.rejects(run(process.execPath, [main, '--wind']), { code: 64 })
  for (const help of ['--help', '-h']) {
    const { stdout } = await run(process.execPath, [main, help])
    assert.match(stdout, /^pnpm dev \[--only GROUPS\]/)
  }
})
