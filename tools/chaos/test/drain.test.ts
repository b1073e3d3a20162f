import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allFinal } from '../src/drain.ts'

/** An audit in which photos become final one at a time, up to a number. */
function auditOf({ photos, upTo }: { photos: number; upTo: number }) {
  let final = 0
  return {
    progress: async () => {
      if (final < upTo) final++
      return { photos, final }
    },
  }
}

test('all is final however long it takes, as long as it goes on', async () => {
  assert.equal(await allFinal(auditOf({ photos: 25, upTo: 25 }), 2000), true)
})

test('photos of which none becomes final any more are stuck', async () => {
  assert.equal(await allFinal(auditOf({ photos: 8, upTo: 5 }), 2000), false)
})
