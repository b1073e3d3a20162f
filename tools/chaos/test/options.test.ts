import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '@livepods/service'
import { readOptions } from '../src/options.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('no options: five minutes with a random seed, which names the folder', () => {
  const options = readOptions([])
  assert.ok(options !== 'help')
  assert.equal(options.profile, 'default')
  assert.ok(options.directory.endsWith(`.livepods/chaos/${options.seed}`))
})

test('smoke has a fixed seed; --seed and --minutes are taken as they are', () => {
  const smoke = readOptions(['--profile', 'smoke'])
  assert.ok(smoke !== 'help' && smoke.seed === 1)
  const soak = readOptions(['--', '--profile=soak', '--seed', '42', '--minutes', '30'])
  assert.ok(soak !== 'help' && soak.seed === 42 && soak.seconds === 1800)
})

test('a mistake comes with its own short storm, unless another one is asked for', () => {
  const own = readOptions(['--break', 'token'])
  assert.ok(own !== 'help' && own.mutation === 'token' && own.targeted)
  const other = readOptions(['--break', 'token', '--profile', 'smoke'])
  assert.ok(other !== 'help' && !other.targeted)
})

test('what is no option, or not allowed, is refused in a sentence', () => {
  const refused: [string[], RegExp][] = [
    [['--profile', 'big'], /--profile is "big", but must be one of smoke, default, parts, soak, store\./],
    [['--break', 'leg'], /--break is "leg", but must be one of sweeper, token, lease, order, ack-early\./],
    [['--seed', 'x'], /--seed is "x", but must be a number from 0 to 4294967295\./],
    [['--seed', '1.5'], /--seed is "1.5", but must be a whole number\./],
    [['--minutes', '0'], /--minutes is "0", but must be more than 0\./],
    [['--wind', '9'], /Unknown option '--wind'/],
  ]
  for (const [args, message] of refused)
    assert.throws(
      () => readOptions(args),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    )
})

test('the command exits 64 for a wrong option, and 0 for --help and -h', async () => {
  const run = promisify(execFile)
  await assert.rejects(run(process.execPath, [main, '--seed', 'x']), { code: 64 })
  for (const help of ['--help', '-h']) {
    const { stdout } = await run(process.execPath, [main, help])
    assert.match(stdout, /--profile smoke\|default\|parts\|soak/)
  }
})
