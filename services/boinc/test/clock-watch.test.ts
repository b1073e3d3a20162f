import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { ClockWatch } from '../src/clock-watch.ts'

const HOUR = 3_600_000
let monotonic: number
let ahead: number
let watch: ClockWatch
mock.method(performance, 'now', () => monotonic)
beforeEach(() => {
  monotonic = 0
  ahead = 1000 * HOUR
  watch = new ClockWatch(() => monotonic + ahead)
})

/** What the watch says after so many seconds, when a task has computed for so many. */
const after = (seconds: number, cpuSeconds: number) => {
  monotonic += 1000 * seconds
  return watch.isStuck([
    { name: 'one', cpuSeconds },
    { name: 'waits', cpuSeconds: 0 },
  ])
}

test('a client whose tasks do not go on after the clock was set back stands still', () => {
  assert.equal(after(1, 5), false)
  ahead -= HOUR
  assert.deepEqual([after(1, 6), after(10, 6), after(11, 6)], [false, false, true])
  watch.forget()
  assert.equal(after(100, 6), false)
})

test('one whose tasks go on does not', () => {
  after(1, 5)
  ahead -= HOUR
  assert.deepEqual([after(1, 6), after(1, 7), after(100, 7)], [false, false, false])
})

test('a clock that is set on, or back by seconds, ends nothing', () => {
  after(1, 5)
  ahead += HOUR
  after(1, 5)
  ahead -= 30_000
  assert.deepEqual([after(1, 5), after(100, 5)], [false, false])
})
