import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines, type Due } from '../../src/deadlines.ts'

interface Item extends Due {
  name: number
}

function item(name: number, inMs: number): Item {
  return { name, dueAt: performance.now() + inMs, heapIndex: -1 }
}

test('items become due in the order of their time, not of their arrival, and removed ones never', async () => {
  const due: number[] = []
  const { promise: last, resolve } = Promise.withResolvers<void>()
  const deadlines = new Deadlines<Item>(({ name }) => (name === 999 ? resolve() : due.push(name)))
  const items = Array.from({ length: 500 }, (_, index) => item(index, 1 + ((index * 37) % 50)))
  for (const one of items) deadlines.add(one)
  const removed = items.filter(({ name }) => name % 3 === 0)
  for (const one of removed) deadlines.remove(one)
  for (const one of removed) deadlines.remove(one)
  deadlines.add(item(999, 60))
  await last
  const left = items.filter(({ name }) => name % 3 !== 0).sort((one, other) => one.dueAt - other.dueAt)
  assert.deepEqual(
    due,
    left.map(({ name }) => name),
  )
})

test('an earlier item rings before a later one that came first', async () => {
  const names: number[] = []
  const { promise: last, resolve } = Promise.withResolvers<void>()
  const deadlines = new Deadlines<Item>(({ name }) => {
    names.push(name)
    if (names.length === 2) resolve()
  })
  deadlines.add(item(2, 30))
  deadlines.add(item(1, 1))
  await last
  assert.deepEqual(names, [1, 2])
})

test('drain gives everything back and nothing rings', () => {
  const deadlines = new Deadlines<Item>(() => assert.fail('it rang'))
  for (const name of [3, 1, 2]) deadlines.add(item(name, 1))
  assert.deepEqual(
    deadlines
      .drain()
      .map(({ name }) => name)
      .sort(),
    [1, 2, 3],
  )
  assert.deepEqual(deadlines.drain(), [])
})
