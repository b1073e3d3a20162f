import { release } from '../memory.ts'
import { onCanvas } from './canvas.ts'
import { type Detect, detectAtOnce, detectFar, detectInSteps, STEP } from './cascade.ts'
import { detectionsOf } from './detections.ts'
import { type Detection, LANDMARK_SIZE, type LandmarkEngine } from './engine.ts'
import { byLandmarks } from './landmark-passes.ts'
import { applyLevels, levelsOf } from './levels.ts'
import { anchorsOn } from './onnx/anchors.ts'
import { openComparison } from './onnx/comparison.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import { GRAPHS } from './onnx/models.ts'
import { type Input, openOptimised, openSession, type Session } from './onnx/session.ts'
import type { Pyramid } from './pyramid.ts'
import type { Point } from './similarity.ts'
import { CHIP_SIZE } from './upright-chip.ts'
import { MODELS, type ModelName, readWeights, type Tensor } from './weights.ts'

/** The longer side of a canvas whose memory is kept: the cascade's first pass over nearly every photo. */
const SMALL_CANVAS = 320
/** Of an embedding. */
const LENGTH = 128

/**
 * @vladmandic/face-api's nets as ONNX graphs on onnxruntime-node: one thread, some 110 MB. Rejects when its addon cannot be
 * loaded. Without `files` it makes the nets itself, which takes 100 MB more.
 */
export async function openOnnx(files?: ModelFiles<ModelName>): Promise<LandmarkEngine> {
  const nets = files ? await openFiles(files) : await openGraphs()
  const comparison = await openComparison(LENGTH)
  const detect = detectorOf(nets, readWeights(MODELS.detector)('Output/extra_dim'))
  return {
    detect: (pyramid, options) => detectInSteps(withLevels(detect, pyramid), pyramid, options),
    detectFar: (pyramid, side, budget) => detectFar(withLevels(detect, pyramid), pyramid, side, budget),
    detectAtOnce: (pyramid, budget) => detectAtOnce(withLevels(detect, pyramid), pyramid, budget),
    ...byLandmarks(async (crops) => {
      const found = await oneByOne(crops, LANDMARK_SIZE, async (image) => (await nets.landmarks.run({ image })).points)
      return found.map(pointsOf)
    }),
    descriptors: (chips) =>
      oneByOne(chips, CHIP_SIZE, async (image) => (await nets.descriptors.run({ image })).descriptors),
    compare: comparison.compare,
    close: async () => {
      for (const { close } of new Set([...Object.values(nets), comparison])) await close()
    },
  }
}

/** The detector has one session for small canvases and one for large ones. */
type Nets = Record<'small' | 'large' | 'landmarks' | 'descriptors', Session>

async function openFiles(files: ModelFiles<ModelName>): Promise<Nets> {
  const kept = { keepsMemory: true }
  // Of a large canvas it would keep 20 to 40 MB; getting it anew for a small one takes as long as the work itself.
  const [small, large] = await openOptimised(files.detector, [kept, {}])
  const [landmarks] = await openOptimised(files.landmarks, [kept])
  const [descriptors] = await openOptimised(files.descriptors, [kept])
  return { small, large, landmarks, descriptors }
}

async function openGraphs(): Promise<Nets> {
  const open = async (name: ModelName) => await openSession(GRAPHS[name]())
  const detector = await open('detector')
  return {
    small: detector,
    large: detector,
    landmarks: await open('landmarks'),
    descriptors: await open('descriptors'),
  }
}

/** Runs a net on each square and frees the square. One by one: a batch needs more memory and does not fit the CPU cache. */
async function oneByOne(
  squares: Uint8Array[],
  side: number,
  run: (image: Input) => Promise<Float32Array | undefined>,
): Promise<Float32Array[]> {
  const found: Float32Array[] = []
  for (const data of squares) {
    const output = (await run({ data, shape: [1, side, side, 3] })) as Float32Array
    found.push(output.slice())
    for (const used of [data, output]) release(used)
  }
  return found
}

function pointsOf(pairs: Float32Array): Point[] {
  return Array.from({ length: pairs.length / 2 }, (_, i) => ({
    x: (pairs[2 * i] as number) * LANDMARK_SIZE,
    y: (pairs[2 * i + 1] as number) * LANDMARK_SIZE,
  }))
}

function detectorOf({ small, large }: Nets, stored: Tensor): Detector {
  const anchors = new Map<string, Float32Array>()
  return async (pyramid, { side, tile }, least, levels) => {
    const { data, width, height, offset, scale } = onCanvas(pyramid, side, { step: STEP, tile })
    if (levels) applyLevels(data, levels)
    const size = `${width}x${height}`
    const known = anchors.get(size) ?? anchorsOn(width, height, stored)
    anchors.set(size, known)
    const detector = Math.max(width, height) <= SMALL_CANVAS ? small : large
    const { boxes, scores } = (await detector.run({ image: { data, shape: [1, height, width, 3] } })) as Output
    const found = detectionsOf(boxes, scores, known, least)
    for (const used of [data, boxes, scores]) release(used)
    return found.map(({ left, top, right, bottom, score }) => ({
      left: (left - offset.x) / scale,
      top: (top - offset.y) / scale,
      right: (right - offset.x) / scale,
      bottom: (bottom - offset.y) / scale,
      score,
    }))
  }
}

/** With what each brightness becomes on the canvas, where that is not itself. */
type Detector = (...args: [...Parameters<Detect>, levels?: Uint8Array]) => Promise<Detection[]>

/** The detector for one picture. */
function withLevels(detect: Detector, pyramid: Pyramid): Detect {
  const levels = levelsOf(pyramid)
  return (pyramid, view, least) => detect(pyramid, view, least, levels)
}

type Output = Record<'boxes' | 'scores', Float32Array>
