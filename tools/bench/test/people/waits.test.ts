import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reMatchWaits } from '../../src/people/re-match.ts'
import { waitTable, waitTarget } from '../../src/people/waits.ts'

test('a wait is shown by its median, quartiles and longest, and has a target where one is set', () => {
  const { waits, targets } = reMatchWaits(
    { reMatchMs: [14_000, 18_000, 15_000], uploadMs: [10, 410], failures: 1 },
    1000,
  )
  assert.deepEqual(
    waitTable(waits).rows.map(([, ...cells]) => cells),
    [
      ['15000 (14500–16500)', '18000', '3'],
      ['210 (110–310)', '410', '2'],
    ],
  )
  assert.deepEqual(
    [...waits.flatMap(waitTarget), ...(targets ?? [])].map(({ wanted, reached, holds }) => [wanted, reached, holds]),
    [
      ['≤ 15.0 s', '15.0 s', true],
      ['≤ 300 ms', '406 ms', false],
      ['0', '1', false],
    ],
  )
})
