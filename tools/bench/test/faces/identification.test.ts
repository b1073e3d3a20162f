import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identify, nameAll, nameLargest } from '../../src/faces/identification.ts'

const known = new Map([
  ['anna', [[0], [0.8]]],
  ['bert', [[2]]],
])

test('a face gets the name of the nearest image within the threshold', () => {
  assert.equal(identify([1.5], known, 0.6), 'bert')
  assert.equal(identify([2.7], known, 0.6), undefined)
})

test('of a person with two images the mean distance counts too', () => {
  assert.equal(identify([0.4], known, 0.6), 'anna')
  assert.equal(identify([-0.3], known, 0.6), undefined)
})

test('of a photo of one person the largest face counts, and a photo without a face names nobody', () => {
  const photos = [
    { person: 'anna', descriptors: [[0.4], [2]] },
    { person: 'anna', descriptors: [[2], [0.4]] },
    { person: 'bert', descriptors: [] },
  ]
  assert.deepEqual(nameLargest(photos, known, 0.6), { right: 1, wrong: 1, none: 1 })
})

test('in a group every face counts, and a name may come only once', () => {
  const group = { people: /anna/, descriptors: [[0.4], [0.41], [2], [9]] }
  assert.deepEqual(nameAll([group], known, 0.6), { right: 1, wrong: 2, none: 1 })
})

test('a stranger with a name is wrong', () => {
  const photo = { people: undefined, descriptors: [[2], [9]] }
  assert.deepEqual(nameAll([photo], known, 0.6), { right: 0, wrong: 1, none: 1 })
})
