import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianTable, ratioTable, rounded } from '../src/matrix.ts'
import { Series } from '../src/series.ts'

const series = new Series(['small', 'large'], ['ours', 'theirs'])
for (const ms of [9, 10, 11]) {
  series.add('small', 'ours', { ms })
  series.add('small', 'theirs', { ms: ms * 20 })
  series.add('large', 'ours', { ms: ms / 10 })
}
const options = { title: 'Time', reading: 'ms', rowName: 'photo' }

test('a table of medians has a row per row, a column per candidate and a dash where nothing was measured', () => {
  assert.deepEqual(medianTable(series, options), {
    title: 'Time',
    columns: ['photo', 'ours', 'theirs'],
    rows: [
      ['small', '10.0 (9.50–10.5)', '200 (190–210)'],
      ['large', '1.00 (0.95–1.05)', '–'],
    ],
  })
})

test('a table of ratios compares everyone with the baseline, which is 1', () => {
  assert.deepEqual(ratioTable(series, { ...options, baseline: 'ours' }).rows, [
    ['small', '1', '20.0× (20.0–20.0)'],
    ['large', '1', '–'],
  ])
})

test('numbers are cut to three digits that count', () => {
  assert.deepEqual([0.1234, 1.234, 12.34, 123.4, 1234].map(rounded), ['0.12', '1.23', '12.3', '123', '1234'])
})

test('a series becomes summaries by row, candidate and reading', () => {
  const { large } = JSON.parse(JSON.stringify(series)) as Record<string, unknown>
  assert.deepEqual(large, { ours: { ms: { median: 1, low: 0.95, high: 1.05, count: 3 } }, theirs: {} })
})
