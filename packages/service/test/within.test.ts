import assert from 'node:assert/strict'
import { test } from 'node:test'
import { within } from '../src/index.ts'

const NEVER_MS = 3_600_000
const never = new Promise<string>(() => {})
const unasked = (): string => assert.fail('nothing was late')

test('what comes in time is the answer, and so is its fault', async () => {
  assert.equal(await within(NEVER_MS, Promise.resolve('in time'), unasked), 'in time')
  await assert.rejects(within(NEVER_MS, Promise.reject(new RangeError('wrong')), unasked), RangeError)
})

test('what is late is replaced by another answer, a fault, or one that is waited for', async () => {
  assert.equal(await within(1, never, () => 'late'), 'late')
  await assert.rejects(
    within(1, never, () => {
      throw new RangeError('late')
    }),
    RangeError,
  )
  assert.equal(await within(1, never, () => Promise.resolve('later')), 'later')
})

test('what is late may fail unheard', async () => {
  const { promise, reject } = Promise.withResolvers<string>()
  assert.equal(await within(1, promise, () => 'late'), 'late')
  reject(new Error('nobody listens'))
  await new Promise(setImmediate)
})
