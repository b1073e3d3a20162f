import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TargetUnavailableError } from '@livepods/messages'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { Target } from '../src/target.ts'

test('waits as long as the sink asks for, says so, and ends when it is told to', async () => {
  const stopping = new AbortController()
  const target = new Target({
    url: 'http://sink',
    log: createLog('test', 'silent'),
    backoff: { baseMs: 1, maxMs: 1 },
    protocol: {
      send: async () => {
        throw new TargetUnavailableError('busy', { status: 503, retryAfterMs: 60_000 })
      },
      [Symbol.dispose]: () => {},
    },
  })
  const before = Date.now()
  const sent = target.send([{ stream: 's~1', seq: 1, content: '' }], stopping.signal)
  await eventually(() => assert.ok(target.isFailing))
  const { state, fault, retryAt } = target.report
  assert.deepEqual([state, fault], ['down', 'busy'])
  assert.ok(Date.parse(retryAt ?? '') >= before + 60_000)
  stopping.abort(new Error('stop'))
  await assert.rejects(sent)
})
