import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectInSteps } from '../../src/engine/cascade.ts'
import type { Detection } from '../../src/engine/engine.ts'
import { Pyramid } from '../../src/engine/pyramid.ts'

const at = (left: number, score: number, side = 100): Detection => ({
  left,
  top: 0,
  right: left + side,
  bottom: side,
  score,
})

/** What is found, and the sides of the canvases that were looked at, where each of them shows these. */
async function detect(shown: Record<number, Detection[]>, side = 1000) {
  const sides: number[] = []
  const pyramid = new Pyramid({ data: new Uint8Array(), width: side, height: side })
  const found = await detectInSteps(async (_, side, least) => {
    sides.push(side)
    return (shown[side] ?? []).filter(({ score }) => score >= least)
  }, pyramid)
  return { found, sides }
}

test('a face that is seen at once needs one look', async () => {
  const { found, sides } = await detect({ 320: [at(0, 0.9)] })
  assert.deepEqual([found, sides], [[at(0, 0.9)], [320]])
})

test('a small photo is looked at in its own size first', async () => {
  assert.deepEqual((await detect({ 256: [at(0, 0.9)] }, 250)).sides, [256])
})

test('without a face it looks at the photo larger, then smaller', async () => {
  assert.deepEqual(await detect({ 512: [at(0, 0.6)] }), { found: [at(0, 0.6)], sides: [320, 512] })
  assert.deepEqual(await detect({ 192: [at(0, 0.6)] }), { found: [at(0, 0.6)], sides: [320, 512, 192] })
  assert.deepEqual(await detect({}), { found: [], sides: [320, 512, 192] })
})

test('where another face is nearly seen it looks larger, and no face is told twice', async () => {
  const { found, sides } = await detect({
    320: [at(0, 0.9), at(300, 0.2)],
    512: [at(4, 0.95, 90), at(301, 0.7), at(600, 0.6)],
  })
  assert.deepEqual(sides, [320, 512])
  assert.deepEqual(found, [at(0, 0.9), at(301, 0.7), at(600, 0.6)])
})

test('what is nearly seen on a face is that face', async () => {
  assert.deepEqual((await detect({ 320: [at(0, 0.9), at(10, 0.3, 60)] })).sides, [320])
})
