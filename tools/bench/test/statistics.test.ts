import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile, summarise, summariseRatios } from '../src/statistics.ts'

test('the median of an odd number of values is the middle one, whatever their order', () => {
  assert.deepEqual(summarise([30, 1, 2]), { median: 2, low: 1.5, high: 16, count: 3 })
})

test('the median of an even number of values lies between the middle two', () => {
  assert.deepEqual(summarise([1, 2, 3, 4]), { median: 2.5, low: 1.75, high: 3.25, count: 4 })
})

test('one outlier moves neither the median nor the quartiles much', () => {
  assert.deepEqual(summarise([10, 10, 10, 10, 1000]), { median: 10, low: 10, high: 10, count: 5 })
})

test('nothing measured has no summary', () => {
  assert.throws(() => summarise([]), /no measurement/)
})

test('ratios are taken within each round, so that a slow round cancels out', () => {
  assert.deepEqual(summariseRatios([20, 2000, 22], [10, 1000, 11]), { median: 2, low: 2, high: 2, count: 3 })
})

test('a ratio needs both sides of every round', () => {
  assert.throws(() => summariseRatios([1, 2], [1]), /2 and 1/)
})

test('a percentile is what so many do not exceed, whatever the order', () => {
  const values = Array.from({ length: 101 }, (_, n) => 100 - n)
  assert.deepEqual([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)], [50, 99, 100])
  assert.throws(() => percentile([], 0.5), /nothing to rank/)
})
