import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pyramid } from '../../src/engine/pyramid.ts'
import { warp } from '../../src/engine/warp.ts'

function paint(width: number, height: number, colour: (x: number, y: number) => [number, number, number]): Pyramid {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), i * 3)
  return new Pyramid({ data, width, height })
}

const noise = paint(8, 8, (x, y) => [(x * 37 + y * 91) % 256, (x * y * 13) % 256, 255 - x * y])

test('the same place at the same size is the same picture, byte for byte', () => {
  assert.deepEqual(warp(noise, { a: 1, b: 0, x0: 0, y0: 0 }, 8), noise.picture.data)
})

test('a quarter turn is exact', () => {
  const turned = warp(noise, { a: 0, b: 1, x0: 8, y0: 0 }, 8)
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) {
      const [to, from] = [(y * 8 + x) * 3, (x * 8 + (7 - y)) * 3]
      assert.deepEqual([...turned.subarray(to, to + 3)], [...noise.picture.data.subarray(from, from + 3)])
    }
})

for (const scale of [2, 3, 4, 7.5]) {
  test(`a fine checkerboard made ${scale} times smaller is grey, not a pattern`, () => {
    const board = paint(160, 160, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : [0, 0, 0]))
    const small = warp(board, { a: scale, b: 0, x0: 4, y0: 4 }, 16)
    for (const value of small) assert.ok(Math.abs(value - 127.5) < 20, `${value}`)
  })
}

test('making it larger is smooth', () => {
  const step = paint(2, 1, (x) => [x * 200, 0, 0])
  const large = warp(step, { a: 0.125, b: 0, x0: 0.5, y0: 0.4375 }, 8)
  const row = Array.from({ length: 8 }, (_, x) => large[x * 3])
  assert.deepEqual(
    row,
    row.toSorted((one, other) => Number(one) - Number(other)),
  )
  assert.ok(new Set(row).size === 8)
})

test('outside the picture it is black', () => {
  const white = paint(4, 4, () => [255, 255, 255])
  const around = warp(white, { a: 1, b: 0, x0: -4, y0: -4 }, 12)
  assert.equal(around[0], 0)
  assert.equal(around[(6 * 12 + 6) * 3], 255)
  assert.equal(around.at(-1), 0)
})
