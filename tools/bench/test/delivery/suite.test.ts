import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delivery } from '../../src/delivery/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on the real process', async () => {
  const report = await delivery.run(tinyBench(delivery.parts))
  assert.deepEqual(Object.keys(report.data), delivery.parts)
  assert.equal(report.targets.length, 6)
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length >= 10)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
