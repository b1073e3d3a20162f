import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeImageId, encodeImageId, UnreadableMessageError } from '../src/index.ts'

test('an id is 8 bytes, least significant first, as kube-cluster-sample sends it', () => {
  assert.equal(encodeImageId('258').toString('hex'), '0201000000000000')
  assert.equal(decodeImageId(Buffer.from('0201000000000000', 'hex')), '258')
})

test('ids beyond 2^53 survive', () => {
  assert.equal(decodeImageId(encodeImageId('18446744073709551615')), '18446744073709551615')
})

for (const length of [0, 4, 7, 9, 1000]) {
  test(`a body of ${length} bytes is unreadable`, () => {
    assert.throws(() => decodeImageId(Buffer.alloc(length, 1)), UnreadableMessageError)
  })
}

test('0 is not an id', () => {
  assert.throws(() => decodeImageId(Buffer.alloc(8)), UnreadableMessageError)
  assert.throws(() => encodeImageId('0'), RangeError)
})

for (const id of ['', '-1', '1.5', '0x10', ' 1', '18446744073709551616', 'one', '9'.repeat(1000)]) {
  test(`"${id.slice(0, 24)}" is not sent as an id`, () => {
    assert.throws(() => encodeImageId(id), RangeError)
  })
}
