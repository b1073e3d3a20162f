import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, type Encoded, float, integer, message, text } from '../../src/engine/onnx/protobuf.ts'

const hex = (encoded: Encoded) => Buffer.concat(encoded).toString('hex')

test('numbers, texts and messages are encoded as protobuf.dev shows it', () => {
  assert.equal(hex(integer(1, 150)), '089601')
  assert.equal(hex(text(2, 'testing')), '120774657374696e67')
  assert.equal(hex(message(3, integer(1, 150))), '1a03089601')
  assert.equal(hex(float(1, 1)), '0d0000803f')
})

test('fields above 15 and numbers above 32 bit take as many bytes as they need', () => {
  assert.equal(hex(integer(20, 7)), 'a00107')
  assert.equal(hex(integer(1, 2 ** 35)), '0880808080 8001'.replace(' ', ''))
})

test('the numbers of a view are copied as they lie in memory, without what is around them', () => {
  assert.equal(hex(bytes(9, Float32Array.of(0, 1, 2).subarray(1, 2))), '4a040000803f')
})
