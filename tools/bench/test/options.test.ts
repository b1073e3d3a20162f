import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '@livepods/service'
import { optionsOf, readOptions } from '../src/options.ts'
import type { Suite } from '../src/suite.ts'

const suite: Suite = {
  parts: ['black', 'green', 'white'],
  option: { name: '--milk', value: 'KIND', otherwise: 'oat' },
  run: () => Promise.reject(new Error('not asked')),
}

test('all parts are measured in full unless the options say otherwise, in their own order', () => {
  assert.deepEqual(readOptions([], suite), { size: 'full', parts: suite.parts })
  assert.deepEqual(readOptions(['--only', 'white,black', '--rounds', '2', '--quick'], suite), {
    size: 'quick',
    parts: ['black', 'white'],
    rounds: 2,
  })
})

test("a suite's own option may have a value", () => {
  const own = (...args: string[]) => readOptions(args, suite).option
  assert.deepEqual([own('--milk'), own('--milk', '--quick'), own('--milk', 'soy')], ['oat', 'oat', 'soy'])
  const { option: _, ...plain } = suite
  assert.throws(() => readOptions(['--milk'], plain), UsageError)
})

for (const args of [
  ['--tea'],
  ['more'],
  ['--only'],
  ['--only', 'red'],
  ['--only', ''],
  ['--rounds'],
  ['--rounds', '0'],
])
  test(`"${args.join(' ')}" is refused with what is allowed`, () => {
    assert.throws(() => readOptions(args, suite), UsageError)
  })

test('the usage names the options and the parts', () => {
  assert.equal(optionsOf(suite), '[--quick] [--milk [KIND]] [--rounds N] [--only PART,…]   (parts: black green white)')
})
