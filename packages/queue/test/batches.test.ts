import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batches } from '../src/batches.ts'

test('a batch is the count, then every message behind its size, big-endian', () => {
  const [batch, ...others] = batches([Buffer.from('ab'), Buffer.from('c')])
  assert.equal(batch?.toString('hex'), '00000002' + '00000002' + '6162' + '00000001' + '63')
  assert.equal(others.length, 0)
})

test('a batch ends at its number of messages, or before it becomes too large', () => {
  const sizes = (lengths: number[], limits: { maxMessages?: number; maxBytes?: number }) =>
    [
      ...batches(
        lengths.map((length) => Buffer.alloc(length, 1)),
        limits,
      ),
    ].map((batch) => batch.readUInt32BE(0))
  assert.deepEqual(sizes([1, 1, 1, 1, 1], { maxMessages: 2 }), [2, 2, 1])
  assert.deepEqual(sizes([10, 10, 10], { maxBytes: 4 + 14 + 14 }), [2, 1])
  assert.deepEqual(sizes([100, 1], { maxBytes: 50 }), [1, 1])
  assert.deepEqual(sizes([], {}), [])
})
