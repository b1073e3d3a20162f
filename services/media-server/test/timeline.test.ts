import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Timeline } from '../src/hub/timeline.ts'

const mapped = (...timestamps: number[]) => {
  const timeline = new Timeline()
  return timestamps.map((timestamp) => timeline.map(timestamp))
}

test('time begins at 0', () => assert.deepEqual(mapped(123_456, 123_496), [0, 40]))

test('audio and video keep their distance, in any order', () =>
  assert.deepEqual(mapped(5000, 4990, 5040, 5013, 5080), [0, 0, 40, 13, 80]))

test('it goes on through the 2^32 of the publisher', () =>
  assert.deepEqual(mapped(2 ** 32 - 40, 0, 2 ** 32 - 20, 40), [0, 40, 20, 80]))

test('it goes on through 2^32 of its own', () => {
  const timeline = new Timeline()
  let last = 0
  for (let at = 0; at < 2 ** 32 + 100_000; at += 9000) last = timeline.map(at % 2 ** 32)
  assert.ok(last > 80_000 && last < 100_000, `${last}`)
})

test('a jump, forwards or backwards, is a step of one frame', () =>
  assert.deepEqual(mapped(0, 40, 3_600_000, 3_600_040, 10, 50), [0, 40, 80, 120, 160, 200]))

test('a pause of a few seconds stays one', () => assert.deepEqual(mapped(0, 9000), [0, 9000]))

test('another publisher goes on after the highest time of the one before', () => {
  const timeline = new Timeline()
  for (const timestamp of [0, 1000, 960]) timeline.map(timestamp)
  timeline.restart()
  assert.deepEqual([timeline.map(7), timeline.map(47)], [1040, 1080])
})
