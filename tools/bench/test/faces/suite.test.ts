import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces } from '../../src/faces/suite.ts'
import { tinyBench } from '../support/tiny-bench.ts'

test('the smallest run measures the real service, and compares no engines when it is not to', async () => {
  const { data, tables } = await faces.run(tinyBench(['steadiness', 'galleries']))
  assert.deepEqual(Object.keys(data), ['steadiness', 'galleries'])
  const cells = tables.flatMap(({ rows }) => rows.flat())
  assert.ok(cells.length > 20)
  assert.deepEqual(
    cells.filter((cell) => /NaN|undefined|Infinity/.test(cell)),
    [],
  )
})
