import { onCanvas } from './canvas.ts'
import { detectInSteps, type Look } from './cascade.ts'
import { detectionsOf } from './detections.ts'
import { type Engine, LANDMARK_SIZE } from './engine.ts'
import { release } from './memory.ts'
import { anchorsOn } from './onnx/anchors.ts'
import { openComparison } from './onnx/comparison.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import { GRAPHS, type ModelName } from './onnx/models.ts'
import { type Input, openOptimised, openSession, type Session, type SessionOptions } from './onnx/session.ts'
import type { Point } from './similarity.ts'
import { CHIP_SIZE } from './upright-chip.ts'
import { engineId, MODELS, readWeights, type Tensor } from './weights.ts'

/** The canvas is cut to the photo, in the detector's steps. */
const STEP = 64
/** Of a descriptor. */
const LENGTH = 128
/** Part of the engine's id: raise it when the same weights give other descriptors than before. */
const REVISION = 'onnx 1'

/**
 * @vladmandic/face-api's nets as ONNX graphs on onnxruntime-node: one thread, some 110 MB. Rejects when its addon cannot be
 * loaded. Without `files` it makes the nets itself, which takes 100 MB more.
 */
export async function openOnnx(files?: ModelFiles): Promise<Engine> {
  const open = (name: ModelName, options: SessionOptions) =>
    files ? openOptimised(files[name], options) : openSession(GRAPHS[name](), options)
  // Of a large canvas it would keep 20 to 40 MB.
  const detector = await open('detector', { keepsMemory: false })
  const landmarks = await open('landmarks', { keepsMemory: true })
  const descriptors = await open('descriptors', { keepsMemory: true })
  const comparison = await openComparison(LENGTH)
  const look = looking(detector, readWeights(MODELS.detector)('Output/extra_dim'))
  return {
    id: engineId(REVISION),
    detect: (pyramid) => detectInSteps(look, pyramid),
    landmarks: async (crops) => {
      const found: Point[][] = []
      // One by one: what the net needs for one crop stays in the cache.
      for (const crop of crops) {
        const { points } = await landmarks.run(squares([crop], LANDMARK_SIZE))
        found.push(pointsOf(points as Float32Array))
      }
      return found
    },
    descriptors: async (chips) => {
      const { descriptors: found } = await descriptors.run(squares(chips, CHIP_SIZE))
      return chips.map((_, i) => (found as Float32Array).slice(i * LENGTH, (i + 1) * LENGTH))
    },
    compare: comparison.compare,
    close: async () => {
      for (const { close } of [detector, landmarks, descriptors, comparison]) await close()
    },
  }
}

/** One picture after the other. */
function squares(pictures: Uint8Array[], side: number): Record<string, Input> {
  const data = pictures.length === 1 ? (pictures[0] as Uint8Array) : Buffer.concat(pictures)
  return { image: { data, shape: [pictures.length, side, side, 3] } }
}

function pointsOf(pairs: Float32Array): Point[] {
  return Array.from({ length: pairs.length / 2 }, (_, i) => ({
    x: (pairs[2 * i] as number) * LANDMARK_SIZE,
    y: (pairs[2 * i + 1] as number) * LANDMARK_SIZE,
  }))
}

function looking(session: Session, stored: Tensor): Look {
  const anchors = new Map<string, Float32Array>()
  return async (pyramid, side, least) => {
    const { data, width, height, scale } = onCanvas(pyramid, side, { step: STEP })
    const size = `${width}x${height}`
    const known = anchors.get(size) ?? anchorsOn(width, height, stored)
    anchors.set(size, known)
    const { boxes, scores } = await session.run({ image: { data, shape: [1, height, width, 3] } })
    release(data)
    const found = detectionsOf(boxes as Float32Array, scores as Float32Array, known, least)
    return found.map(({ left, top, right, bottom, score }) => ({
      left: left / scale,
      top: top / scale,
      right: right / scale,
      bottom: bottom / scale,
      score,
    }))
  }
}
