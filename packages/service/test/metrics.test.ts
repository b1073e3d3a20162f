import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, gauge, histogram } from '../src/index.ts'
import { collectProcessMetrics, exposition } from '../src/metrics.ts'

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

test('a metric with a former name is exported under that, too, marked as deprecated', async () => {
  const sent = counter({ name: 'sent_total', formerName: 'posted_total', help: 'Sent.', labels: ['result'] })
  sent.inc({ result: 'good' }, 3)
  gauge({ name: 'backlog', formerName: 'rest', help: 'Backlog.' }).set(7)
  await exposition()
  const { text } = await exposition()
  assert.match(text, /^livepods_sent_total\{result="good"\} 3$/m)
  assert.match(text, /^livepods_posted_total\{result="good"\} 3$/m)
  assert.match(text, /^livepods_rest 7$/m)
  assert.match(
    text,
    /^# HELP livepods_posted_total Deprecated, gone with the next version: use livepods_sent_total\.$/m,
  )
})

test('a counter with known values of its label begins at 0 for each of them', async () => {
  counter({ name: 'ended_total', help: 'Ended.', labels: ['how'], values: ['well', 'badly'] }).inc({ how: 'well' })
  const { text } = await exposition()
  assert.match(text, /^livepods_ended_total\{how="well"\} 1$/m)
  assert.match(text, /^livepods_ended_total\{how="badly"\} 0$/m)
})

test('the process has the usual metrics under their usual names, the former ones, and its version', async () => {
  collectProcessMetrics()
  collectProcessMetrics()
  const { text } = await exposition()
  for (const name of ['process_cpu_seconds_total', 'nodejs_heap_size_used_bytes'])
    assert.match(text, new RegExp(`^${name} [\\s\\S]*^livepods_${name} `, 'm'))
  assert.match(text, /^livepods_build_info\{version="[^"]+"\} 1$/m)
})

test('no gauge is called _total, as counters are', async () => {
  collectProcessMetrics()
  const { text } = await exposition()
  assert.deepEqual(text.match(/^# TYPE \w+_total gauge$/gm), null)
})
