import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { Lease } from '../src/lease.ts'
import { log } from './support/images.ts'

const claim = { id: '7', token: 't', path: 'x.jpg', attempts: 1, requestId: null, traceparent: null }

function leaseWith(answers: (boolean | Error)[]) {
  let renewals = 0
  const renew = async () => {
    const answer = answers[Math.min(renewals++, answers.length - 1)]
    if (answer instanceof Error) throw answer
    return answer ?? true
  }
  const lease = new Lease({ photoStore: { renew }, claim, leaseMs: 30, log })
  return { lease, renewals: () => renewals, [Symbol.dispose]: () => lease[Symbol.dispose]() }
}

test('a lease is renewed again and again until its work ends', async () => {
  const part = leaseWith([true])
  await eventually(() => assert(part.renewals() >= 3))
  part.lease[Symbol.dispose]()
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended = part.renewals()
  setTimeout(resolve, 50)
  await promise
  assert(part.renewals() <= ended + 1)
  assert.equal(part.lease.lost.aborted, false)
})

test('a lease that somebody else took says so once, and is not renewed any more', async () => {
  using part = leaseWith([true, false])
  await eventually(() => assert(part.lease.lost.aborted))
  assert.equal(part.renewals(), 2)
})

test('a renewal that fails is tried again: the database may be back within the lease', async () => {
  using part = leaseWith([new Error('away'), new Error('away'), true])
  await eventually(() => assert(part.renewals() > 3))
  assert.equal(part.lease.lost.aborted, false)
})
