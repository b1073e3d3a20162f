import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameFace } from '../src/same-face.ts'

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height })

test('boxes show the same face when they share at least half of what both cover', () => {
  assert(isSameFace(box(0, 0, 0.2, 0.2), box(0, 0, 0.2, 0.2)))
  assert(isSameFace(box(0, 0, 0.2, 0.2), box(0, 0, 0.2, 0.1)))
  assert(isSameFace(box(0.1, 0.1, 0.2, 0.2), box(0.15, 0.1, 0.2, 0.2)))
  assert(!isSameFace(box(0.1, 0.1, 0.2, 0.2), box(0.2, 0.1, 0.2, 0.2)))
  assert(!isSameFace(box(0, 0, 0.1, 0.1), box(0.5, 0.5, 0.1, 0.1)))
})
