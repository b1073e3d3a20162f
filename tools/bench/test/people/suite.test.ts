import assert from 'node:assert/strict'
import { test } from 'node:test'
import { people } from '../../src/people/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on the real processes and in a real browser', async () => {
  const report = await people.run(tinyBench(people.parts))
  assert.deepEqual(Object.keys(report.data), people.parts)
  assert.equal(report.targets.length, 6)
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length >= 20)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
