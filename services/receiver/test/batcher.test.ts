import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Batcher, OverloadedError } from '../src/batcher.ts'

interface Gate {
  items: number[]
  next: () => void
  finish: () => void
  fail: (error: Error) => void
}

/** A batcher that doubles numbers; `batch` resolves when its next batch has begun, which then waits to be finished. */
function gated(limits = { size: 10, maxWaiting: 100 }) {
  const gates: Gate[] = []
  const batcher = new Batcher<number, number>(async (items, next) => {
    const { promise, resolve: finish, reject: fail } = Promise.withResolvers<void>()
    gates.push({ items, next, finish, fail })
    await promise
    return items.map((item) => item * 2)
  }, limits)
  const batch = async () => {
    for (;;) {
      const gate = gates.shift()
      if (gate) return gate
      await setImmediate()
    }
  }
  return { batcher, gates, batch }
}

test('what arrives in one iteration of the event loop starts together, and at once', async () => {
  const { batcher, gates } = gated()
  const results = [batcher.add(1), batcher.add(2)]
  await setImmediate()
  assert.deepEqual(gates[0]?.items, [1, 2])
  gates[0].finish()
  assert.deepEqual(await Promise.all(results), [2, 4])
})

test('what arrives while a batch is in flight makes the next one', async () => {
  const { batcher, gates, batch } = gated()
  const first = batcher.add(1)
  const { finish } = await batch()
  const others = [batcher.add(2), batcher.add(3)]
  await setImmediate()
  assert.deepEqual(gates, [])
  finish()
  assert.equal(await first, 2)
  const second = await batch()
  assert.deepEqual(second.items, [2, 3])
  second.finish()
  assert.deepEqual(await Promise.all(others), [4, 6])
})

test('a batch may let the next one start before it has ended itself', async () => {
  const { batcher, batch } = gated()
  const first = batcher.add(1)
  const one = await batch()
  const second = batcher.add(2)
  one.next()
  const two = await batch()
  two.finish()
  assert.equal(await second, 4)
  one.finish()
  assert.equal(await first, 2)
})

test('a batch is never larger than its size', async () => {
  const { batcher, batch } = gated({ size: 2, maxWaiting: 100 })
  const all = Promise.all([1, 2, 3].map((item) => batcher.add(item)))
  const one = await batch()
  assert.deepEqual(one.items, [1, 2])
  one.finish()
  const two = await batch()
  assert.deepEqual(two.items, [3])
  two.finish()
  assert.deepEqual(await all, [2, 4, 6])
})

test('an item beyond maxWaiting is refused and the others are not', async () => {
  const { batcher, batch } = gated({ size: 10, maxWaiting: 1 })
  const first = batcher.add(1)
  const one = await batch()
  const second = batcher.add(2)
  await assert.rejects(batcher.add(3), OverloadedError)
  one.finish()
  assert.equal(await first, 2)
  const two = await batch()
  two.finish()
  assert.equal(await second, 4)
})

test('a batch that fails rejects its items and not those of the next batch', async () => {
  const { batcher, batch } = gated()
  const first = batcher.add(1)
  const one = await batch()
  const second = batcher.add(2)
  one.fail(new Error('broken'))
  await assert.rejects(first, /broken/)
  const two = await batch()
  two.finish()
  assert.equal(await second, 4)
})

test('an item that is added as soon as a batch has ended gets its result', async () => {
  const { batcher, batch } = gated()
  let last = 0
  const serving = (async () => {
    for (let hops = 0; hops < 8; hops++) {
      last = await batcher.add(hops)
      for (let hop = 0; hop < hops; hop++) await undefined
    }
  })()
  for (let hops = 0; hops < 8; hops++) (await batch()).finish()
  await serving
  assert.equal(last, 14)
})

test('it is idle when no item waits and no batch is in flight', async () => {
  const { batcher, batch } = gated()
  const first = batcher.add(1)
  const one = await batch()
  one.next()
  const second = batcher.add(2)
  let isIdle = false
  const idle = batcher.idle().then(() => (isIdle = true))
  const two = await batch()
  two.finish()
  await second
  await setImmediate()
  assert.equal(isIdle, false)
  one.finish()
  await Promise.all([first, idle])
  assert.equal(batcher.waiting, 0)
})
