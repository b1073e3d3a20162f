import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, errorRates, type Pair, pairsOf } from '../../src/faces/pairs.ts'

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

const pair = (genuine: boolean, distance?: number): Pair => ({ genuine, distance })

test('two kinds of pairs that no threshold confuses have no errors', () => {
  assert.deepEqual(errorRates([pair(true, 0.2), pair(true, 0.3), pair(false, 0.5)]), { equal: 0, trueMatches: 1 })
})

test('errors are equal where as many impostors match as genuine pairs do not; a pair without a face matches at no threshold', () => {
  const genuine = [pair(true, 0.1), pair(true, 0.2), pair(true, 0.3), pair(true)]
  const impostors = [pair(false, 0.25), pair(false, 0.6), pair(false, 0.7), pair(false)]
  // At 0.3 one of four impostors matches, and one of four genuine pairs does not; below 0.25 no impostor does.
  assert.deepEqual(errorRates([...genuine, ...impostors]), { equal: 0.25, trueMatches: 0.5 })
})

test('where even the smallest distance is that of two people, nothing matches without a false match', () => {
  assert.deepEqual(errorRates([pair(true, 0.4), pair(false, 0.1)]), { equal: 1, trueMatches: 0 })
})
