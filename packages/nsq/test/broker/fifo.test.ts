import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fifo } from '../../src/fifo.ts'

test('a queue gives what it was given, oldest first, over many turns of its array', () => {
  const queue = new Fifo<number>()
  let pushed = 0
  let expected = 0
  for (let round = 0; round < 50; round += 1) {
    for (let count = 0; count < 300; count += 1) queue.push(pushed++)
    for (let count = 0; count < 290; count += 1) assert.equal(queue.shift(), expected++)
    assert.equal(queue.length, pushed - expected)
    assert.equal(queue.peek(), expected)
  }
  assert.equal(queue.pop(), pushed - 1)
  assert.deepEqual(
    queue.drain(),
    Array.from({ length: pushed - 1 - expected }, (_, index) => expected + index),
  )
  assert.deepEqual([queue.length, queue.shift(), queue.pop(), queue.peek()], [0, undefined, undefined, undefined])
})
