import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyLevels, levelsOf, spreadContrast } from '../../src/engine/levels.ts'
import { Pyramid } from '../../src/engine/pyramid.ts'

/** A picture of 100 × 100 grey pixels; `brightness` is asked for each, from 0 to 1. */
function grey(brightness: (part: number) => number): Pyramid {
  const data = Uint8Array.from({ length: 30_000 }, (_, i) => brightness(Math.floor(i / 3) / 10_000))
  return new Pyramid({ data, width: 100, height: 100 })
}

test('dark, flat and overexposed pictures get more contrast', () => {
  for (const [from, to] of [
    [0, 45],
    [100, 150],
  ] as const) {
    const levels = levelsOf(grey((part) => from + part * (to - from)))
    assert.ok(levels)
    assert.ok((levels[to] as number) - (levels[from] as number) > 2 * (to - from))
  }
  const levels = levelsOf(grey((part) => (part < 0.5 ? 150 + part * 200 : 255)))
  assert.ok(levels)
  assert.ok((levels[250] as number) - (levels[150] as number) > 110)
})

test('other pictures stay as they are, a small face on plain ground too', () => {
  assert.equal(levelsOf(grey((part) => part * 255)), undefined)
  assert.equal(levelsOf(grey(() => 115)), undefined)
  assert.equal(levelsOf(grey((part) => (part < 0.003 ? 90 : 115))), undefined)
})

test('a brighter pixel never becomes a darker one', () => {
  const levels = levelsOf(grey((part) => 45 * part ** 3))
  assert.ok(levels)
  assert.deepEqual(levels, levels.toSorted())
  const data = Uint8Array.of(0, 20, 45)
  applyLevels(data, levels)
  assert.deepEqual([...data], [levels[0], levels[20], levels[45]])
})

const crop = (from: number, to: number) =>
  Uint8Array.from({ length: 30_000 }, (_, i) => from + Math.round(((to - from) * Math.floor(i / 3)) / 9_999))

test('a flat crop gets the contrast of others, one with contrast and one of a single brightness stay', () => {
  const flat = spreadContrast(crop(100, 150))
  assert.ok(Math.min(...flat.subarray(0, 3)) < 25 && Math.max(...flat.subarray(-3)) > 220)
  assert.deepEqual(flat, flat.toSorted())
  assert.deepEqual(spreadContrast(crop(40, 200)), crop(40, 200))
  assert.deepEqual(spreadContrast(crop(90, 90)), crop(90, 90))
})
