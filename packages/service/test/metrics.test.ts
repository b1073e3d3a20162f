import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, gauge, histogram } from '../src/index.ts'

test('the same name is the same metric, with the prefix of the suite', async () => {
  counter({ name: 'things_total', help: 'Things.', labels: ['kind'] }).inc({ kind: 'a' })
  const again = counter({ name: 'things_total', help: 'Things.', labels: ['kind'] })
  again.inc({ kind: 'a' })
  const { name, values } = await again.get()
  assert.equal(name, 'livepods_things_total')
  assert.equal(values[0]?.value, 2)
})

test('gauges and histograms are made once, too', () => {
  assert.equal(gauge({ name: 'level', help: 'Level.' }), gauge({ name: 'level', help: 'Level.' }))
  assert.equal(histogram({ name: 'wait_seconds', help: 'Wait.' }), histogram({ name: 'wait_seconds', help: 'Wait.' }))
})
