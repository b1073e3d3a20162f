import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pipeline } from '../../src/pipeline/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on the real processes', async () => {
  const report = await pipeline.run(tinyBench(pipeline.parts))
  assert.match(report.about?.join() ?? '', /innodb_flush_log_at_trx_commit=1/)
  assert.deepEqual(Object.keys(report.data), ['durability', 'accept', 'throughput', 'latency', 'sweep', 'overload'])
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length > 50)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
