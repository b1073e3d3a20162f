import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobQueue } from '../../src/engine/job-queue.ts'

const never = new AbortController().signal

test('items come out in the order in which they came', async () => {
  const queue = new JobQueue<string>()
  queue.put('a')
  queue.put('b')
  assert.equal(await queue.take(never), 'a')
  assert.equal(await queue.take(never), 'b')
})

test('takers are served in the order in which they asked', async () => {
  const queue = new JobQueue<string>()
  const takes = [queue.take(never), queue.take(never)]
  queue.put('a')
  queue.put('b')
  assert.deepEqual(await Promise.all(takes), ['a', 'b'])
  assert.equal(queue.length, 0)
})

test('a taker that is gone loses nothing', async () => {
  const queue = new JobQueue<string>()
  const gone = new AbortController()
  const [lost, next] = [queue.take(gone.signal), queue.take(never)]
  gone.abort()
  assert.equal(await lost, undefined)
  queue.put('a')
  assert.equal(await next, 'a')
  assert.equal(await queue.take(gone.signal), undefined)
})

test('a removed item does not come out', async () => {
  const queue = new JobQueue<string>()
  queue.put('a')
  queue.put('b')
  queue.remove('a')
  queue.remove('never there')
  assert.equal(await queue.take(never), 'b')
})

test('a closed queue gives out what is left, then nothing', async () => {
  const waiting = new JobQueue<string>()
  const taker = waiting.take(never)
  waiting.close()
  assert.equal(await taker, undefined)
  const filled = new JobQueue<string>()
  filled.put('a')
  filled.close()
  assert.equal(await filled.take(never), 'a')
  assert.equal(await filled.take(never), undefined)
})
