import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { requestSignal } from '../src/request-signal.ts'

const reply = () => ({ raw: new EventEmitter() as ServerResponse })

test('the signal aborts when the client is gone', () => {
  const { raw } = reply()
  const signal = requestSignal({ raw }, 60_000)
  assert.equal(signal.aborted, false)
  raw.emit('close')
  assert.equal(signal.aborted, true)
})

test('the signal aborts when the request takes too long', async () => {
  const signal = requestSignal(reply(), 1)
  await eventually(() => assert.equal(signal.aborted, true))
  assert.equal((signal.reason as Error).name, 'TimeoutError')
})
