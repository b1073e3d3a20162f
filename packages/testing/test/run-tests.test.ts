import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, following } from '../src/run-tests.ts'

test('the closing lines of every runner are added up, whatever stands before them', () => {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const lines = [
    '@livepods/sql:test: ℹ pass 12',
    'ℹ pass 3',
    'a: ℹ fail 1',
    'a: ℹ cancelled 2',
    'a: ℹ skipped 4',
    'ℹ todo 1',
    'pass 9',
  ]
  for (const line of lines) count(line, counts)
  assert.deepEqual(counts, { passed: 15, failed: 3, skipped: 5 })
})

test('tests that hang are ended, count as failed, and are named, whatever others go on saying', async (context) => {
  const said = context.mock.method(console, 'log', () => {})
  const script =
    'echo "a:test: ✔ one"; echo "a:test: ℹ pass 1"; echo "a:test: ℹ duration_ms 5"; echo "b:test: ✔ two"; while sleep 0.02; do echo "c:test: ✔ more"; done'
  const counts = await following('sh', ['-c', script], { silentMs: 2000 })
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 })
  assert.match(said.mock.calls.at(-1)?.arguments[0], /Nothing was said for 2 s by b:test: it hangs/)
})
