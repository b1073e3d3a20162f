import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaker } from '../src/index.ts'

const timeouts = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length

test('an open breaker that is closed down leaves no timer', async () => {
  const before = timeouts()
  const breaker = new Breaker({
    name: 'timers',
    call: async () => Promise.reject(new Error('down')),
    ping: async () => {},
    isFault: () => true,
    failures: 1,
  })
  await assert.rejects(breaker.fire())
  assert.equal(breaker.state, 'open')
  assert(timeouts() > before)
  await breaker[Symbol.asyncDispose]()
  assert.equal(timeouts(), before)
})
