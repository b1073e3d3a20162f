import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atMost, type Columns, columnFindings, readingTables } from '../src/readings.ts'
import { Series } from '../src/series.ts'
import { rounded } from '../src/statistics.ts'

const series = new Series(['small', 'large'], ['ours', 'theirs'])
for (const ms of [9, 10, 11]) {
  series.add('small', 'ours', { ms })
  series.add('small', 'theirs', { ms: ms * 20 })
  series.add('large', 'ours', { ms: ms / 10 })
}

test('a reading has a row per row, a column per candidate and a dash where nothing was measured', () => {
  assert.deepEqual(readingTables(series, 'photo', [{ title: 'Time', reading: 'ms' }]), [
    {
      title: 'Time',
      columns: ['photo', 'ours', 'theirs'],
      rows: [
        ['small', '10.0 (9.50–10.5)', '200 (190–210)'],
        ['large', '1.00 (0.95–1.05)', '–'],
      ],
    },
  ])
})

test('a table of ratios compares everyone with the baseline, which is 1', () => {
  const [table] = readingTables(series, 'photo', [{ title: 'Time', reading: 'ms', baseline: 'ours' }])
  assert.deepEqual(table?.rows, [
    ['small', '1', '20.0× (20.0–20.0)'],
    ['large', '1', '–'],
  ])
})

test('columns are readings of one candidate, and say whether they reach their goals', () => {
  const theirs = {
    title: 'Theirs',
    about: '',
    rowName: 'photo',
    candidate: 'theirs',
    columns: [
      ['time, ms', 'ms', atMost('small', 'time of a small photo', 199, ' ms')],
      ['memory, MB', 'megabytes', atMost('small', 'memory', 1, ' MB')],
    ],
  } satisfies Columns
  const { tables, targets } = columnFindings(series, theirs)
  assert.deepEqual(tables[0]?.rows, [
    ['small', '200 (190–210)', '–'],
    ['large', '–', '–'],
  ])
  const target = { name: 'time of a small photo', wanted: '≤ 199 ms', reached: '200 ms', holds: false }
  assert.deepEqual(targets, [target])
})

test('a column may have a goal in each row', () => {
  const goals = [atMost('small', 'time of a small photo', 10, ''), atMost('large', 'time of a large one', 0.9, '')]
  const columns: Columns['columns'] = [['time, ms', 'ms', ...goals]]
  const ours = { title: '', about: '', rowName: 'photo', candidate: 'ours', columns }
  assert.deepEqual(
    columnFindings(series, ours).targets.map(({ name, holds }) => [name, holds]),
    [
      ['time of a small photo', true],
      ['time of a large one', false],
    ],
  )
})

test('numbers are cut to three digits that count', () => {
  assert.deepEqual([0.1234, 1.234, 12.34, 123.4, 1234].map(rounded), ['0.12', '1.23', '12.3', '123', '1234'])
})

test('a series becomes summaries by row, candidate and reading', () => {
  const { large } = JSON.parse(JSON.stringify(series)) as Record<string, unknown>
  assert.deepEqual(large, { ours: { ms: { median: 1, low: 0.95, high: 1.05, count: 3 } }, theirs: {} })
})
