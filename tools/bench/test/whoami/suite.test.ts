import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whoami } from '../../src/whoami/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on the real processes', async () => {
  const report = await whoami.run(tinyBench(whoami.parts))
  assert.deepEqual(Object.keys(report.data), whoami.parts)
  assert.equal(report.targets.length, 6)
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length >= 20)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
