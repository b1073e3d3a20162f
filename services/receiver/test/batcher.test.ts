import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batcher, Overfull } from '../src/batcher.ts'

function gated(limits = { size: 10, room: 100 }) {
  const batches: number[][] = []
  const gates: PromiseWithResolvers<void>[] = []
  const batcher = new Batcher<number, number>(async (items) => {
    batches.push(items)
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
    return items.map((item) => item * 2)
  }, limits)
  const finish = () => gates.shift()?.resolve()
  return { batcher, batches, gates, finish }
}

test('an item that finds nothing under way starts at once', async () => {
  const { batcher, batches, finish } = gated()
  const result = batcher.add(1)
  assert.deepEqual(batches, [[1]])
  finish()
  assert.equal(await result, 2)
})

test('what arrives while a batch is under way makes the next one', async () => {
  const { batcher, batches, finish } = gated()
  const results = [1, 2, 3].map((item) => batcher.add(item))
  finish()
  await results[0]
  finish()
  assert.deepEqual(await Promise.all(results), [2, 4, 6])
  assert.deepEqual(batches, [[1], [2, 3]])
})

test('a batch is never larger than its size', async () => {
  const { batcher, batches, gates, finish } = gated({ size: 2, room: 100 })
  const results = [1, 2, 3, 4].map((item) => batcher.add(item))
  const all = Promise.all(results)
  for (const result of [results[0], results[1], results[3]]) {
    finish()
    await result
  }
  assert.deepEqual(await all, [2, 4, 6, 8])
  assert.deepEqual(batches, [[1], [2, 3], [4]])
  assert.equal(gates.length, 0)
})

test('an item beyond the room is refused and the others go on', async () => {
  const { batcher, finish } = gated({ size: 10, room: 1 })
  const results = [batcher.add(1), batcher.add(2)]
  await assert.rejects(batcher.add(3), Overfull)
  finish()
  await results[0]
  finish()
  assert.deepEqual(await Promise.all(results), [2, 4])
})

test('a batch that fails rejects its items and not those of the next batch', async () => {
  const { batcher, gates, finish } = gated()
  const [first, second] = [batcher.add(1), batcher.add(2)]
  gates.shift()?.reject(new Error('broken'))
  await assert.rejects(first, /broken/)
  finish()
  assert.equal(await second, 4)
})

test('it is idle when nothing waits and nothing is under way', async () => {
  const { batcher, finish } = gated()
  const results = [batcher.add(1), batcher.add(2)]
  let isIdle = false
  const idle = batcher.idle().then(() => (isIdle = true))
  finish()
  await results[0]
  assert.equal(isIdle, false)
  finish()
  await idle
  assert.equal(batcher.waiting, 0)
})
