import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureReport } from '../src/failure-report.ts'

test('what failed is kept, whatever other packages say meanwhile', () => {
  const report = new FailureReport()
  const failed = ['sql:test: ✖ failing tests:', 'sql:test: ✖ a row is read', 'sql:test:   AssertionError: 1 !== 2']
  for (const line of ['sql:test: ✔ a row is written', failed[0], 'page:test: ✔ a page', failed[1], failed[2], 'done']) {
    report.read(String(line))
  }
  assert.equal(report.toString(), failed.join('\n'))
})
