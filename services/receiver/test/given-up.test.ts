import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { givenUp } from '../src/given-up.ts'

const reply = () => ({ raw: new EventEmitter() as ServerResponse })

test('a client that is gone has given up', () => {
  const { raw } = reply()
  const signal = givenUp({ raw }, 60_000)
  assert.equal(signal.aborted, false)
  raw.emit('close')
  assert.equal(signal.aborted, true)
})

test('a request that takes too long is given up', async () => {
  const signal = givenUp(reply(), 1)
  await eventually(() => assert.equal(signal.aborted, true))
  assert.equal((signal.reason as Error).name, 'TimeoutError')
})
