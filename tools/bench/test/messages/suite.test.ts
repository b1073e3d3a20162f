import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messages } from '../../src/messages/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures every part on the real processes', async () => {
  const report = await messages.run(tinyBench(messages.parts))
  assert.deepEqual(Object.keys(report.data), messages.parts)
  assert.equal(report.targets.length, 13)
  const cells = report.tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length >= 30)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
