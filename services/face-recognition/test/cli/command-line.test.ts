import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '@livepods/service'
import { readCommandLine } from '../../src/cli/command-line.ts'

test('paths are meant from the folder of the caller', () => {
  assert.deepEqual(
    readCommandLine(['a.jpg', '/b', '--known', 'k', '--draw', 'out.jpg', '--cache', '../c'], '/home/me'),
    {
      inputs: ['/home/me/a.jpg', '/b'],
      known: '/home/me/k',
      json: false,
      threshold: undefined,
      draw: '/home/me/out.jpg',
      cache: '/home/c',
      workers: undefined,
    },
  )
})

test('numbers and switches are read', () => {
  const { json, threshold, workers } =
    readCommandLine(['a', '--known=k', '--json', '--threshold', '0.5', '--workers', '2'], '/') ?? {}
  assert.deepEqual([json, threshold, workers], [true, 0.5, 2])
})

test('help is wanted whatever else is said', () => {
  for (const help of ['--help', '-h']) assert.equal(readCommandLine([help], '/'), undefined)
})

const faults: [title: string, arguments_: string[], sentence: RegExp][] = [
  ['no photo', ['--known', 'k'], /Name a photo/],
  ['no known people', ['a.jpg'], /--known <folder>/],
  ['a threshold of 0', ['a', '--known', 'k', '--threshold', '0'], /--threshold is "0"/],
  ['a threshold above 1', ['a', '--known', 'k', '--threshold', '1.5'], /at most 1/],
  ['a threshold that is a word', ['a', '--known', 'k', '--threshold', 'strict'], /"strict"/],
  ['an empty threshold', ['a', '--known', 'k', '--threshold', ''], /--threshold/],
  ['half a worker', ['a', '--known', 'k', '--workers', '0.5'], /1 to 64/],
  ['an unknown option', ['a', '--known', 'k', '--tolerance', '0.5'], /--tolerance/],
  ['an option without its value', ['a', '--known'], /--known/],
]
for (const [title, arguments_, sentence] of faults) {
  test(`${title} is refused with a sentence`, () => {
    assert.throws(
      () => readCommandLine(arguments_, '/'),
      (error) => error instanceof UsageError && sentence.test(error.message),
    )
  })
}
