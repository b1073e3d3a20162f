import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apply, fit, mean, type Point } from '../../src/engine/similarity.ts'

const square: Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
]

test('a turn, a scale and a shift are found again', () => {
  const similarity = { a: 3 * Math.cos(0.8), b: 3 * Math.sin(0.8), x0: 100, y0: -7 }
  const found = fit(
    square,
    square.map((point) => apply(similarity, point)),
  )
  for (const key of ['a', 'b', 'x0', 'y0'] as const) assert.ok(Math.abs(found[key] - similarity[key]) < 1e-9, key)
})

test('opposite errors cancel out', () => {
  const shaken = square.map(({ x, y }, i) => ({ x: x + (i % 2 === 0 ? 0.1 : -0.1), y }))
  const { a, b } = fit(square, shaken)
  assert.ok(Math.abs(a - 1) < 1e-9)
  assert.ok(Math.abs(b) <= 0.1)
})

test('the mean of a square is its centre', () => {
  assert.deepEqual(mean(square), { x: 0.5, y: 0.5 })
})
