import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PARTS } from '../../src/people/options.ts'
import { TINY } from '../../src/people/plan.ts'
import { runPeople } from '../../src/people/suite.ts'
import { KeptProgress } from '../support/progress.ts'

test('the smallest run measures every part on the real processes and in a real browser', async () => {
  const report = await runPeople({ plan: TINY, parts: PARTS, progress: new KeptProgress() })
  assert.deepEqual(Object.keys(report.data), ['targets', ...PARTS])
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length > 30)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
