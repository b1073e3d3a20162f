import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, pairsOf } from '../../src/faces/pairs.ts'

const photos = [
  { person: 'anna', descriptor: [0, 0] },
  { person: 'anna', descriptor: [0.3, 0.4] },
  { person: 'bert', descriptor: [0.3, 0] },
  { person: 'bert', descriptor: undefined },
]

test('every photo is compared with every other one', () => {
  const pairs = pairsOf(photos)
  assert.equal(pairs.length, 6)
  assert.deepEqual(pairs[0], { genuine: true, distance: 0.5 })
  assert.equal(pairs.filter(({ genuine }) => genuine).length, 2)
})

test('a pair matches at the threshold, and a photo without a face matches nobody', () => {
  const pairs = pairsOf(photos)
  // Impostor pairs: 0.3, 0.4 and two without a face; genuine: 0.5 and one without a face.
  assert.deepEqual(decide(pairs, 0.5), { trueMatches: 1, falseMatches: 2, correct: 3 })
  assert.deepEqual(decide(pairs, 0.35), { trueMatches: 0, falseMatches: 1, correct: 3 })
  assert.deepEqual(decide(pairs, 0.1), { trueMatches: 0, falseMatches: 0, correct: 4 })
})
