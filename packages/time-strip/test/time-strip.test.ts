import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readStrip, stripAge, stripCells, stripModulus } from '../src/index.ts'

/** A row of RGBA pixels with the strip of `ms`, as whoever draws one does it. */
function rowOf(ms: number, width: number): Uint8ClampedArray {
  const row = new Uint8ClampedArray(4 * width)
  for (const { x, width: cellWidth, bit } of stripCells(width))
    if (bit === undefined || Math.floor(ms / 2 ** bit) % 2 === 1) row.fill(255, 4 * x, 4 * (x + cellWidth))
  return row
}

describe('a strip', () => {
  test('is read as it was drawn, at every width and for every bit', () => {
    for (const width of [160, 321, 1024, 1280, 1920])
      for (const ms of [0, stripModulus - 1, 0x55555, 0xaaaaa, ...Array.from({ length: 20 }, (_, bit) => 2 ** bit)])
        assert.equal(readStrip(rowOf(ms, width)), ms, `${ms} in ${width} pixels`)
  })

  test('covers the width without a gap', () => {
    for (const width of [160, 321, 1280]) {
      const cells = stripCells(width)
      assert.equal(cells[0]?.x, 0)
      assert.equal((cells.at(-1)?.x ?? 0) + (cells.at(-1)?.width ?? 0), width)
      for (const [index, { x }] of cells.slice(2, -1).entries())
        assert.equal(x, (cells[index + 1]?.x ?? 0) + (cells[index + 1]?.width ?? 0))
    }
  })

  test('is told from a picture without one', () => {
    assert.equal(readStrip(new Uint8ClampedArray(4 * 1280)), undefined)
    assert.equal(readStrip(new Uint8ClampedArray(4 * 1280).fill(255)), undefined)
    assert.equal(readStrip([]), undefined)
  })

  test('can be read in a browser: the function needs nothing from outside', () => {
    const alone = new Function(`return ${readStrip}`)() as typeof readStrip
    assert.equal(alone(rowOf(123_456, 1280)), 123_456)
  })
})

test('the age of a strip is right where its number begins again, and negative where clocks differ', () => {
  const now = 1_700_000_000_000
  assert.equal(stripAge((now - 80) % stripModulus, now), 80)
  assert.equal(stripAge(stripModulus - 1, Math.ceil(now / stripModulus) * stripModulus), 1)
  assert.equal(stripAge((now + 30) % stripModulus, now), -30)
})
