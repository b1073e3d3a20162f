import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Progress } from '../src/progress.ts'

/** That many reports, half a second apart. */
function reported(frames: number[]): Progress {
  const progress = new Progress()
  for (const [index, count] of frames.entries()) progress.take(`frame=${count}`, 500 * index)
  return progress
}

describe('progress', () => {
  test('is taken from the lines of a report, and other lines are told apart', () => {
    const progress = new Progress()
    for (const line of ['frame=12', 'fps= 30.0', 'stream_0_0_q=28.0', 'total_size=4711', 'progress=continue'])
      assert.ok(progress.take(line), line)
    for (const line of ['rtmp://h/live: Connection refused', '[rtmp @ 0x1] Server error: x=1 y', ''])
      assert.ok(!progress.take(line), line)
    assert.deepEqual([progress.frames, progress.bytes], [12, 4711])
  })

  test('keeps the bytes where ffmpeg does not know them', () => {
    const progress = new Progress()
    progress.take('total_size=100')
    progress.take('total_size=N/A')
    assert.equal(progress.bytes, 100)
  })

  test('has a rate as soon as frames move', () => {
    assert.equal(reported([]).rate(0), 0)
    assert.equal(reported([3]).rate(0), 0)
    assert.equal(reported([3, 18]).rate(500), 30)
  })

  test('has the rate of the last seconds, not that of the whole time', () => {
    const slow = [0, 15, 30, 45, 60, 75, 90, 95, 100, 105, 110, 115, 120]
    assert.equal(reported(slow).rate(6000), 10)
  })

  test('has no rate when frames stand still, whether they are reported or not', () => {
    assert.equal(reported([3, 18, 33]).rate(1000 + 1600), 0)
    assert.equal(reported([3, 18, 33, 33, 33, 33, 33]).rate(3000), 0)
  })
})
