import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allFinal } from '../src/drain.ts'

/** Things become final one at a time, up to a number. */
function progress({ all, upTo }: { all: number; upTo: number }) {
  let final = 0
  return async () => {
    if (final < upTo) final++
    return { all, final }
  }
}

test('all is final however long it takes, as long as it goes on', async () => {
  assert.equal(await allFinal(progress({ all: 25, upTo: 25 }), 2000), true)
})

test('things of which none becomes final any more are stuck', async () => {
  assert.equal(await allFinal(progress({ all: 8, upTo: 5 }), 2000), false)
})
