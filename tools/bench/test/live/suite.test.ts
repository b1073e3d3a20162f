import assert from 'node:assert/strict'
import { test } from 'node:test'
import { live } from '../../src/live/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on real servers, real viewers and a real browser', async () => {
  const report = await live.run(tinyBench(live.parts))
  assert.deepEqual(Object.keys(report.data), ['fanOut', 'memory', 'ingest', 'firstPart', 'pictureLatency', 'delivery'])
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length > 30)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
