import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sniff } from '@livepods/images'
import { commentOf, pictureOf } from '../../src/faces/picture.ts'

test('a picture is a JPEG, and tells its comment again', () => {
  const picture = pictureOf('client-3/17')
  assert.equal(sniff(picture), 'jpeg')
  assert.equal(commentOf(picture), 'client-3/17')
  assert.notDeepEqual(picture, pictureOf('client-3/18'))
  for (const other of [Buffer.alloc(0), Buffer.from('no picture'), picture.subarray(0, 5)])
    assert.equal(commentOf(other), undefined)
})
