import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PARTS } from '../../src/pipeline/options.ts'
import { TINY } from '../../src/pipeline/plan.ts'
import { runPipeline } from '../../src/pipeline/suite.ts'
import { KeptProgress } from '../support/progress.ts'

test('the smallest run measures every part on the real processes and leaves none behind', async () => {
  const listeners = process.listenerCount('SIGTERM')
  const report = await runPipeline({ plan: TINY, parts: PARTS, progress: new KeptProgress() })
  assert.equal(process.listenerCount('SIGTERM'), listeners)
  assert.match(report.about.join(), /innodb_flush_log_at_trx_commit=1/)
  assert.deepEqual(Object.keys(report.data), [
    'durability',
    'targets',
    ...['accept', 'throughput', 'latency'],
    'sweep',
    'overload',
  ])
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length > 50)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
