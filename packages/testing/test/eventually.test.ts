import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../src/index.ts'

test('a condition that becomes true is waited for', async () => {
  let asked = 0
  const answer = await eventually(() => {
    if (++asked < 3) throw new Error('not yet')
    return 'now'
  })
  assert.equal(answer, 'now')
  assert.equal(asked, 3)
})

test('a condition that stays false rejects with its own last error', async () => {
  await assert.rejects(
    eventually(() => Promise.reject(new Error('still not')), { withinMs: 50 }),
    /still not/,
  )
})
