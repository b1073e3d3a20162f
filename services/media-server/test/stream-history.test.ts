import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamReport } from '../src/hub/stream.ts'
import { SAMPLE_EVERY_MS, StreamHistory } from '../src/stream-history.ts'

const MINUTE = 60_000

/** A history of one stream, and what it is said to be like from now on. */
function watched() {
  let reports: Pick<StreamReport, 'name' | 'bitsPerSecond' | 'viewers'>[] = []
  const history = new StreamHistory({ list: () => reports as StreamReport[] })
  let now = 0
  return {
    history,
    pass: (ms: number, ...present: typeof reports) => {
      reports = present
      for (const end = now + ms; now < end; now += SAMPLE_EVERY_MS) history.take(now)
    },
  }
}

test('the last five minutes of a stream are known, the oldest first', () => {
  const { history, pass } = watched()
  pass(MINUTE, { name: 'live/a', bitsPerSecond: 1000, viewers: 1 })
  pass(5 * MINUTE, { name: 'live/a', bitsPerSecond: 2000, viewers: 3 })
  const samples = history.of('live/a')
  assert.deepEqual(samples[0], { at: MINUTE, bitsPerSecond: 2000, viewers: 3 })
  assert.equal(samples.at(-1)?.at, 6 * MINUTE - SAMPLE_EVERY_MS)
})

test('a stream that has ended is remembered for five minutes, and has then never been', () => {
  const { history, pass } = watched()
  pass(MINUTE, { name: 'live/a', bitsPerSecond: 1000, viewers: 1 })
  pass(MINUTE)
  assert.deepEqual(history.of('live/a').at(-1), { at: 2 * MINUTE - SAMPLE_EVERY_MS, bitsPerSecond: 0, viewers: 0 })
  pass(5 * MINUTE)
  assert.deepEqual(history.of('live/a'), [])
})
