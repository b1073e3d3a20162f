import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '@livepods/service'
import { faces } from '../src/faces/faces.ts'
import { readOptions as read } from '../src/options.ts'
import { counter } from './support/counter.ts'

const trials = { faces, counter }
const readOptions = (args: string[]) => {
  const options = read(args, trials)
  assert.ok(typeof options !== 'string')
  return options
}
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('no options: five minutes with a random seed, which names the folder', () => {
  const options = readOptions([])
  assert.equal(options.trial, faces)
  assert.equal(options.profile, faces.profiles.default)
  assert.ok(options.directory.endsWith(`.livepods/chaos/${options.seed}`))
})

test('the trial is named first, with profiles and a folder of its own', () => {
  const options = readOptions(['counter', '--profile', 'smoke'])
  assert.equal(options.trial, counter)
  assert.equal(options.profile, counter.profiles.smoke)
  assert.ok(options.directory.endsWith('.livepods/chaos/counter/1'))
})

test('smoke has a fixed seed; --seed and --minutes are taken as they are', () => {
  const smoke = readOptions(['--profile', 'smoke'])
  assert.ok(smoke.seed === 1)
  const soak = readOptions(['--', '--profile=soak', '--seed', '42', '--minutes', '30'])
  assert.ok(soak.seed === 42 && soak.seconds === 1800)
})

test('a mistake comes with its own short storm, unless another one is asked for', () => {
  const own = readOptions(['--break', 'token'])
  assert.ok(own.mutation === 'token' && own.targeted)
  const other = readOptions(['--break', 'token', '--profile', 'smoke'])
  assert.ok(!other.targeted)
})

test('what is no option, or not allowed, is refused in a sentence', () => {
  const refused: [string[], RegExp][] = [
    [['photos'], /The trial is "photos", but must be one of faces, counter\./],
    [['faces', 'counter'], /One trial at a time/],
    [['counter', '--profile', 'soak'], /--profile is "soak", but must be one of smoke, default\./],
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

test('the command exits 64 for a wrong option or trial, and 0 for --help and -h', async () => {
  const run = promisify(execFile)
  for (const wrong of [['--seed', 'x'], ['photos']])
    await assert.rejects(run(process.execPath, [main, ...wrong]), { code: 64 })
  for (const help of ['--help', '-h']) {
    const { stdout } = await run(process.execPath, [main, help])
    assert.match(stdout, /--profile smoke\|default\|parts\|soak/)
  }
})
