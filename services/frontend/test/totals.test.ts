import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { Totals } from '../src/totals.ts'

const none = { pending: 0, processing: 0, known: 0, unknown: 0, failed: 0 }

test('all who ask while it counts, and for twenty times as long after, get the same count', async () => {
  let counted = 0
  const totals = new Totals({
    counts: async () => {
      counted += 1
      const until = performance.now() + 10
      while (performance.now() < until) await new Promise(setImmediate)
      return { ...none, known: counted }
    },
  })
  const asked = await Promise.all([totals.get(), totals.get()])
  assert.deepEqual(
    [...asked, await totals.get()].map(({ known }) => known),
    [1, 1, 1],
  )
  await eventually(async () => assert.equal((await totals.get()).known, 2))
})

test('a failure is told once and not kept', async () => {
  let fails = true
  const totals = new Totals({
    counts: async () => {
      if (fails) throw new Error('away')
      return none
    },
  })
  await assert.rejects(totals.get(), /away/)
  fails = false
  assert.equal(await totals.get(), none)
})
