import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupFaces } from '../../src/faces/grouping.ts'

/** A point on a line, of as many numbers as an embedding has. */
const face = (person: string, at: number) => ({ person, descriptor: [at, ...Array.from({ length: 127 }, () => 0)] })

test('faces of one person near each other are grouped without a mistake', () => {
  const faces = [face('anna', 0), face('anna', 0.1), face('bert', 1), face('bert', 1.1), face('carl', 3)]
  assert.deepEqual(groupFaces(faces, 0.45), { within: 0.45, f1: 1, wrong: 0 })
})

test('two people who look alike are a wrong pair, and a photo without a face is a pair that is missing', () => {
  const alike = groupFaces([face('anna', 0), face('bert', 0.1)], 0.45)
  assert.deepEqual(alike, { within: 0.45, f1: 0, wrong: 1 })
  const missing = { person: 'anna', descriptor: undefined }
  const { f1, wrong } = groupFaces([face('anna', 0), face('anna', 0.1), missing], 0.45)
  // One of three pairs, and no other.
  assert.deepEqual([f1.toFixed(6), wrong], ['0.500000', 0])
})

test('the orders are the same every time', () => {
  const faces = [0, 0.3, 0.6, 0.9].map((at) => face('anna', at))
  assert.deepEqual(groupFaces(faces, 0.45), groupFaces(faces, 0.45))
})
