import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usageOf } from '../src/process-usage.ts'

test('a process has used time and memory, one that is not there has not', () => {
  assert.equal(usageOf(undefined), undefined)
  const before = usageOf(process.pid)
  if (process.platform !== 'linux') return assert.equal(before, undefined)
  assert.ok((before?.residentMegabytes ?? 0) > 10)
  const begun = process.cpuUsage()
  const usedHere = () => process.cpuUsage(begun)
  // Until it has had the processor for so long, however long others keep it.
  while (usedHere().user + usedHere().system < 50_000);
  const used = (usageOf(process.pid)?.cpuMs ?? 0) - (before?.cpuMs ?? 0)
  assert.ok(used >= 10 && used < 60_000, `${used}`)
})
