import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tile } from '../../src/engine/canvas.ts'
import { type Detect, detectFar, detectInSteps } from '../../src/engine/cascade.ts'
import { withoutDoubles } from '../../src/engine/detections.ts'
import type { Detection } from '../../src/engine/engine.ts'
import { LookBudget } from '../../src/engine/look-budget.ts'
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
  const look: Detect = async (_, { side }, least) => {
    sides.push(side)
    return (shown[side] ?? []).filter(({ score }) => score >= least)
  }
  const { faces: found, far } = await detectInSteps(look, pyramid, { budget: new LookBudget(), originalSide: side })
  return { found, sides, far }
}

test('a face that is seen at once needs one look', async () => {
  assert.deepEqual(await detect({ 320: [at(0, 0.9)] }), { found: [at(0, 0.9)], sides: [320], far: undefined })
})

test('a small photo is looked at in its own size first', async () => {
  assert.deepEqual((await detect({ 256: [at(0, 0.9)] }, 250)).sides, [256])
})

test('without a face it looks at the photo larger, then smaller', async () => {
  assert.deepEqual(await detect({ 512: [at(0, 0.6)] }), { found: [at(0, 0.6)], sides: [320, 512], far: undefined })
  assert.deepEqual(await detect({ 192: [at(0, 0.6)] }), { found: [at(0, 0.6)], sides: [320, 512, 192], far: undefined })
  assert.deepEqual(await detect({}), { found: [], sides: [320, 512, 192], far: undefined })
})

test('where another face is nearly seen it looks larger, and each face is told once, by the better box', async () => {
  const { found, sides } = await detect({
    320: [at(0, 0.9), at(300, 0.2)],
    512: [at(4, 0.95, 90), at(301, 0.7), at(600, 0.6)],
  })
  assert.deepEqual(sides, [320, 512])
  assert.deepEqual(found, [at(4, 0.95, 90), at(301, 0.7), at(600, 0.6)])
})

test('what is nearly seen on a face is that face', async () => {
  assert.deepEqual((await detect({ 320: [at(0, 0.9), at(10, 0.3, 60)] })).sides, [320])
})

test('where a small face is seen, or nearly, there may be more: the smaller it is the larger the side to look at', async () => {
  assert.equal((await detect({ 512: [at(0, 0.9, 60)] })).far, 1024)
  assert.equal((await detect({ 320: [at(0, 0.9, 60)], 512: [at(0, 0.9, 60)] })).far, 1024)
  assert.equal((await detect({ 512: [at(0, 0.9), at(300, 0.1, 40)] })).far, 1792)
  assert.equal((await detect({ 512: [at(300, 0.1)] })).far, 1792)
  assert.equal((await detect({ 512: [at(0, 0.9, 40)] }, 500)).far, undefined)
})

test('what covers two faces is a group, however sure the detector is of it', () => {
  const [one, other] = [at(10, 0.6, 40), at(60, 0.7, 40)]
  assert.deepEqual(withoutDoubles([at(0, 0.95), one, other]), [other, one])
  assert.deepEqual(withoutDoubles([at(0, 0.95), one]), [at(0, 0.95)])
})

test('a look at a large side covers the picture with tiles, and with no more than the budget has', async () => {
  const pyramid = new Pyramid({ data: new Uint8Array(), width: 4000, height: 4000 })
  const budget = new LookBudget()
  const tiles: Tile[] = []
  const look: Detect = async (_, { tile }) => {
    if (tile) tiles.push(tile)
    return []
  }
  await detectFar(look, pyramid, 1792, budget)
  assert.equal(budget.incomplete, false)
  assert.equal(budget.covers(12 * 512 ** 2 - tiles.reduce((sum, { width, height }) => sum + width * height, 0)), true)
  const [right, bottom] = [(tile: Tile) => tile.left + tile.width, (tile: Tile) => tile.top + tile.height]
  assert.ok(Math.max(...tiles.map(right)) > 1500 && Math.max(...tiles.map(bottom)) > 1500)
  assert.ok(tiles.every(({ width, height }) => width <= 704 && height <= 704))
})

test('a face that a tile cuts is left to its neighbour', async () => {
  const pyramid = new Pyramid({ data: new Uint8Array(), width: 1024, height: 500 })
  const face = { left: 500, top: 100, right: 540, bottom: 150, score: 0.9 }
  const look: Detect = async (_, { tile }) => {
    if (!tile) return []
    const right = Math.min(face.right, tile.left + tile.width)
    return right > Math.max(face.left, tile.left) ? [{ ...face, left: Math.max(face.left, tile.left), right }] : []
  }
  assert.deepEqual(await detectFar(look, pyramid, 1024, new LookBudget()), [face])
})

test('after the budget or the time of a photo no look begins, and the photo is incomplete', () => {
  const budget = new LookBudget({ now: 0 })
  assert.equal(budget.spend(12 * 512 ** 2, 10), true)
  assert.equal(budget.incomplete, false)
  assert.equal(budget.spend(1, 10), false)
  assert.equal(budget.incomplete, true)
  const late = new LookBudget({ now: 0 })
  assert.equal(late.spend(1000, 1), true)
  // At this pace it would end too late.
  assert.equal(late.spend(1000, 1600), false)
  assert.equal(late.incomplete, true)
})
