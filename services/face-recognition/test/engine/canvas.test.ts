import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onCanvas } from '../../src/engine/canvas.ts'
import { Pyramid } from '../../src/engine/pyramid.ts'

/** All of one colour. */
function plain(width: number, height: number, colour: [number, number, number] = [255, 0, 0]): Pyramid {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3] as number
  return new Pyramid({ data, width, height })
}

test('a canvas holds the picture and black, and says where', () => {
  const { data, width, height, offset, scale } = onCanvas(plain(40, 20), 80, { margin: 0.5 })
  assert.deepEqual([data.length, width, height, offset, scale], [80 * 80 * 3, 80, 80, { x: 20, y: 20 }, 1])
  const at = (x: number, y: number) => [...data.subarray((y * 80 + x) * 3, (y * 80 + x) * 3 + 3)]
  assert.deepEqual(
    [at(10, 10), at(19, 30), at(20, 20), at(59, 39), at(60, 39), at(59, 40)],
    [
      [0, 0, 0],
      [0, 0, 0],
      [255, 0, 0],
      [255, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  )
})

for (const [width, height, expected] of [
  [1600, 900, [320, 192]],
  [900, 1600, [192, 320]],
  [1600, 1, [320, 64]],
  [1, 1, [320, 320]],
  [320, 320, [320, 320]],
] as const) {
  test(`the canvas of a picture of ${width} × ${height} is cut to it in steps`, () => {
    const canvas = onCanvas(plain(width, height), 320, { step: 64 })
    assert.deepEqual([canvas.width, canvas.height], expected)
    assert.equal(canvas.data.length, canvas.width * canvas.height * 3)
  })
}

test('margins of the whole side leave a third of the canvas to the picture', () => {
  const { width, height, scale } = onCanvas(plain(1000, 700), 512, { margin: 1 })
  assert.deepEqual([width, height], [512, 512])
  assert.ok(Math.abs(scale - 512 / 3000) < 1e-9)
})
