import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pyramid } from '../../src/engine/pyramid.ts'
import { apply, type Point, type Similarity } from '../../src/engine/similarity.ts'
import { CHIP_SIZE, MEAN_FACE, uprightChip } from '../../src/engine/upright-chip.ts'
import { warp } from '../../src/engine/warp.ts'

/** 68 landmarks whose 33 that matter lie as on the mean face, put into a picture. */
function landmarks(intoPicture: Similarity): Point[] {
  const points: Point[] = Array.from({ length: 68 }, () => ({ x: Number.NaN, y: Number.NaN }))
  for (const [index, x, y] of MEAN_FACE) points[index] = apply(intoPicture, { x, y })
  return points
}

function turned(degrees: number, size: number): Similarity {
  const angle = (degrees * Math.PI) / 180
  return { a: size * Math.cos(angle), b: size * Math.sin(angle), x0: 300, y0: 250 }
}

test('33 landmarks count: nose, eyes and upper lip', () => {
  const counted = MEAN_FACE.map(([index]) => index)
  assert.deepEqual(counted, [...range(27, 54), ...range(60, 64)])
})

test('the chip leaves a sixth of its side around the mean face', () => {
  const chip = uprightChip(landmarks({ a: 100, b: 0, x0: 0, y0: 0 }))
  const corner = apply(chip, { x: CHIP_SIZE / 6 + 0.5, y: CHIP_SIZE / 6 + 0.5 })
  assert.ok(Math.hypot(corner.x, corner.y) < 1e-9)
  assert.ok(Math.abs(chip.a - 1) < 1e-9, 'a face of 100 pixels fills 100 pixels of the chip')
})

for (const degrees of [-170, -90, -44, 0, 30, 44, 90, 180]) {
  test(`a face turned by ${degrees}° lies in the chip as one that is not`, () => {
    const upright = uprightChip(landmarks(turned(0, 80)))
    const chip = uprightChip(landmarks(turned(degrees, 200)))
    assert.ok(Math.abs(Math.hypot(chip.a, chip.b) - 2) < 1e-9)
    assert.ok(Math.abs(Math.hypot(upright.a, upright.b) - 0.8) < 1e-9)
    for (const [, x, y] of MEAN_FACE) {
      const inChip = { x: ((0.25 + x) / 1.5) * 150 + 0.5, y: ((0.25 + y) / 1.5) * 150 + 0.5 }
      const seen = apply(chip, inChip)
      const meant = apply(turned(degrees, 200), { x, y })
      assert.ok(Math.hypot(seen.x - meant.x, seen.y - meant.y) < 1e-6)
    }
  })
}

test('two pictures of one drawn face, one of them turned by 44° and larger, give nearly the same chip', () => {
  const chips = [turned(0, 120), turned(44, 180)].map((intoPicture) =>
    warp(draw(intoPicture, 600), uprightChip(landmarks(intoPicture)), CHIP_SIZE),
  )
  const [one, other] = chips as [Uint8Array, Uint8Array]
  const difference = one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] as number)), 0) / one.length
  assert.ok(difference < 1, `mean difference of ${difference} of 255`)
})

/** A smooth pattern that belongs to the face, not to the picture. */
function draw({ a, b, x0, y0 }: Similarity, size: number): Pyramid {
  const data = new Uint8Array(size * size * 3)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [column + 0.5 - x0, row + 0.5 - y0]
      const [u, v] = [(a * x + b * y) / (a * a + b * b), (a * y - b * x) / (a * a + b * b)]
      const at = (row * size + column) * 3
      data[at] = 128 + 100 * Math.sin(4 * u)
      data[at + 1] = 128 + 100 * Math.cos(5 * v)
      data[at + 2] = 128 + 100 * Math.sin(3 * (u + v))
    }
  }
  return new Pyramid({ data, width: size, height: size })
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
