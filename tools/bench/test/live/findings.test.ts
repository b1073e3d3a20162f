import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fanOutFindings, GOALS, rowOf } from '../../src/live/fan-out.ts'
import type { Readings } from '../../src/series.ts'
import { seriesOf } from '../support/series-of.ts'

/** What is found when ratios are so many times as large as they may be. */
function findings({ factor = 1, load = 5 } = {}) {
  const rows: Record<string, Record<string, Readings>> = {}
  for (const { viewers, candidate, baseline, atMost } of GOALS) {
    const row = rows[rowOf(viewers)] ?? {}
    rows[rowOf(viewers)] = row
    row[baseline] ??= { cpuMicroseconds: 100, load }
    const least = row[candidate]?.cpuMicroseconds ?? Infinity
    row[candidate] = { cpuMicroseconds: Math.min(least, 100 * atMost * factor), load }
  }
  return fanOutFindings(seriesOf(rows))
}

test('a ratio of CPU time holds when it is just reached, and not when it is larger', () => {
  const holds = (factor: number) => findings({ factor }).targets.map((target) => target.holds)
  assert.deepEqual(
    holds(1),
    GOALS.map(() => true),
  )
  assert.deepEqual(
    holds(1.8),
    GOALS.map(() => false),
  )
})

test('ratios are told at any load, but judged only when the machine is quiet', () => {
  const busy = findings({ load: 5.1 })
  assert.deepEqual(busy.targets, [])
  assert.match(busy.about?.join() ?? '', /5\.10.*not judged/)
  assert.deepEqual(busy.tables, findings().tables)
})
