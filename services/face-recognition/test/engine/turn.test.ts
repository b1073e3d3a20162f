import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Quarters, turned, turnedBack } from '../../src/engine/turn.ts'

/** A pixel for each letter, row by row. */
function picture(...rows: string[]) {
  const data = Uint8Array.from(rows.join(''), (letter) => letter.charCodeAt(0))
  return {
    data: Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)] as number),
    ...size(rows),
  }
}

const size = (rows: string[]) => ({ width: (rows[0] as string).length, height: rows.length })

test('a picture is turned clockwise', () => {
  const upright = picture('abc', 'def')
  assert.deepEqual(turned(upright, 0), upright)
  assert.deepEqual(turned(upright, 1), picture('da', 'eb', 'fc'))
  assert.deepEqual(turned(upright, 2), picture('fed', 'cba'))
  assert.deepEqual(turned(upright, 3), picture('cf', 'be', 'ad'))
})

test('a box of the turned picture is turned back', () => {
  // Of a picture of 8 × 4 the pixel in the second column of the first row.
  const box = { x: 1 / 8, y: 0, width: 1 / 8, height: 1 / 4 }
  const seen: Record<Quarters, typeof box> = {
    0: box,
    1: { x: 3 / 4, y: 1 / 8, width: 1 / 4, height: 1 / 8 },
    2: { x: 6 / 8, y: 3 / 4, width: 1 / 8, height: 1 / 4 },
    3: { x: 0, y: 6 / 8, width: 1 / 4, height: 1 / 8 },
  }
  for (const quarters of [0, 1, 2, 3] as const) assert.deepEqual(turnedBack(seen[quarters], quarters), box)
})
