import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { onCanvas } from '../../src/engine/canvas.ts'
import { decode } from '../../src/engine/decode.ts'
import { detectionsOf } from '../../src/engine/detections.ts'
import { type Detection, LANDMARK_SIZE, type LandmarkEngine, MIN_SCORE } from '../../src/engine/engine.ts'
import { LookBudget } from '../../src/engine/look-budget.ts'
import { anchorsOn } from '../../src/engine/onnx/anchors.ts'
import { openSession } from '../../src/engine/onnx/session.ts'
import { ssdGraph } from '../../src/engine/onnx/ssd-graph.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import { Pyramid } from '../../src/engine/pyramid.ts'
import { CHIP_SIZE } from '../../src/engine/upright-chip.ts'
import { warp } from '../../src/engine/warp.ts'
import { MODELS, readWeights } from '../../src/engine/weights.ts'
import { samples } from './samples.ts'

const DETECTOR_SIZE = 512

/** Tests that the engine onnx sees what this engine sees, on a photo with three faces. */
export function testParityWith(reference: LandmarkEngine): void {
  void describe('against the engine onnx', () => testParity(reference))
}

async function testParity(reference: LandmarkEngine): Promise<void> {
  const onnx = await openOnnx()
  after(() => onnx.close())
  const pyramid = new Pyramid((await decode(readFileSync(join(samples, 'sample1.jpg')))).picture)
  const { faces: detections } = await reference.detect(pyramid, { budget: new LookBudget(), originalSide: 1600 })
  const squares = (size: number) => squaresIn(pyramid, detections, size)

  test('of the same chips both engines make the same embeddings, to 0.00001', async () => {
    const chips = squares(CHIP_SIZE)
    assert.equal(chips.length, 3)
    const [meant, made] = [await reference.descriptors(chips), await onnx.descriptors(chips)]
    for (const [i, descriptor] of made.entries())
      assert.ok(largestDifference(descriptor, meant[i] as Float32Array) < 1e-5)
  })

  test('in the same crops both engines see the same landmarks, to a thousandth of a pixel', async () => {
    const crops = squares(LANDMARK_SIZE)
    const [meant, made] = [await reference.landmarks(crops), await onnx.landmarks(crops)]
    for (const [i, points] of made.entries()) {
      const flat = (points: { x: number; y: number }[] = []) => points.flatMap(({ x, y }) => [x, y])
      assert.equal(points.length, 68)
      assert.ok(largestDifference(flat(points), flat(meant[i])) < 1e-3)
    }
  })

  test('on the same canvas both engines detect the same faces, to a hundredth of a pixel', async () => {
    const weights = readWeights(MODELS.detector)
    const session = await openSession(ssdGraph(weights))
    const { data, width, height, scale } = onCanvas(pyramid, DETECTOR_SIZE)
    const { boxes, scores } = await session.run({ image: { data, shape: [1, height, width, 3] } })
    const anchors = anchorsOn(width, height, weights('Output/extra_dim'))
    const made = detectionsOf(boxes as Float32Array, scores as Float32Array, anchors, MIN_SCORE)
    await session.close()
    const numbers = ({ left, top, right, bottom, score }: Detection) => [left, top, right, bottom, score]
    const bySureness = detections.toSorted((one, other) => other.score - one.score)
    assert.equal(made.length, bySureness.length)
    for (const [i, { left, top, right, bottom, score }] of bySureness.entries()) {
      const meant = [left * scale, top * scale, right * scale, bottom * scale, score]
      assert.ok(
        largestDifference(numbers(made[i] as Detection), meant) < 0.01,
        `${numbers(made[i] as Detection)} ${meant}`,
      )
    }
  })
}

/** What the detector saw, in squares of `size` pixels. */
function squaresIn(pyramid: Pyramid, detections: Detection[], size: number): Uint8Array[] {
  return detections.map(({ left, top, right, bottom }) => {
    const side = Math.max(right - left, bottom - top)
    const corner = { x0: (left + right - side) / 2, y0: (top + bottom - side) / 2 }
    return warp(pyramid, { a: side / size, b: 0, ...corner }, size)
  })
}

const largestDifference = (one: Iterable<number>, other: Iterable<number>) => {
  const others = [...other]
  return Math.max(...[...one].map((value, i) => Math.abs(value - (others[i] as number))))
}
