import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Face } from '@livepods/photo-api'
import { labels } from '../src/views/labels.ts'
import { shortened } from '../src/views/words.ts'

const ROOM = { width: 180, height: 135, letter: 6.4, line: 14 }

function named(text: string, x: number, y: number, size = 0.2) {
  const face: Face = {
    id: text,
    x,
    y,
    width: size,
    height: size,
    score: 1,
    quality: undefined,
    known: true,
    decided: false,
    distance: undefined,
    group: undefined,
    nearest: undefined,
    runnerUp: undefined,
  }
  return { face, text }
}

test('a name hangs under its face, and stays within the picture', () => {
  const [left] = labels([named('Wilhelmina', 0, 0.1)], ROOM)
  assert.ok(left && left.x > 0.15 && left.inside === false && Math.abs(left.y - 0.3) < 1e-9)
  const [low] = labels([named('Kim', 0.4, 0.9)], ROOM)
  assert.equal(low?.inside, true)
})

test('names do not lie over each other: the largest face has its name', () => {
  const found = labels(
    [named('Annabella', 0.3, 0.3), named('Kimberley', 0.35, 0.31, 0.25), named('Far', 0.3, 0.7)],
    ROOM,
  )
  assert.deepEqual(
    found.map(({ text }) => text),
    ['Kimberley', 'Far'],
  )
})

test('a long name is cut between characters as people see them', () => {
  const family = '👩‍👩‍👧‍👦'
  assert.equal(shortened(family.repeat(5), 3), `${family}${family}…`)
  assert.equal(shortened('عبد الرحمن', 20), 'عبد الرحمن')
  assert.equal(shortened('abc', 3), 'abc')
})
