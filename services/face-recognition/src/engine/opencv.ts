import { release } from '../memory.ts'
import { onCanvas } from './canvas.ts'
import { type Detect, detectAtOnce, detectFar, STEP } from './cascade.ts'
import type { Detection, Engine } from './engine.ts'
import { applyLevels, levelsOf } from './levels.ts'
import { openComparison } from './onnx/comparison.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import { openOptimised, openSession, type Session } from './onnx/session.ts'
import { detectInTwoLooks, LEAST_SCORE, LEAST_SCORE_FAR } from './opencv/detect.ts'
import { CHIP_SIZE, OPENCV_GRAPHS } from './opencv/graphs.ts'
import { type OpencvModel, readModels } from './opencv/model-folder.ts'
import { alignUpright, type Look, misfitIn } from './opencv/upright-looks.ts'
import { type YunetDetection, yunetDetections } from './opencv/yunet.ts'
import type { Pyramid } from './pyramid.ts'

/** Of an embedding. */
const LENGTH = 128
/** With embeddings of this length the distance of 0.6 is that of the other engines: false matches in 0.1 % of comparisons. */
const NORM = 0.53
/** Least score in a look at one face that is known to be there. */
const LOOK_SCORE = 0.3

/**
 * YuNet and SFace of OpenCV's model zoo on onnxruntime-node: one thread, some 140 MB. Rejects when its addon cannot be loaded. Without
 * `models` it makes the nets itself, from the files in the folder, and may reject with ModelFolderError.
 */
export async function openOpencv({ folder, models }: OpencvOptions): Promise<Engine> {
  const nets = models ? await openFiles(models) : await openGraphs(folder)
  const comparison = await openComparison(LENGTH)
  const run = async (data: Uint8Array, width: number, height: number, least: number) => {
    const outputs = await nets.detector.run({ image: { data, shape: [1, height, width, 3] } })
    const found = yunetDetections(outputs, width, least)
    for (const used of [data, ...Object.values(outputs)]) release(used)
    return found
  }
  const detectorOf = (pyramid: Pyramid, score?: number): Detect => {
    const levels = levelsOf(pyramid)
    return async (pyramid, { side, tile }, least) => {
      const { data, width, height, offset, scale } = onCanvas(pyramid, side, { step: STEP, tile })
      if (levels) applyLevels(data, levels)
      const found = await run(data, width, height, score ?? least)
      return found.map((detection) => inPicture(detection, offset, scale))
    }
  }
  const lookOf = (pyramid: Pyramid): Look => {
    const levels = levelsOf(pyramid)
    return async (square, side) => {
      if (levels) applyLevels(square, levels)
      return await run(square, side, side, LOOK_SCORE)
    }
  }
  return {
    detect: (pyramid, options) => detectInTwoLooks(detectorOf(pyramid), pyramid, options),
    detectFar: (pyramid, side, budget) => detectFar(detectorOf(pyramid, LEAST_SCORE_FAR), pyramid, side, budget),
    detectAtOnce: (pyramid, budget) => detectAtOnce(detectorOf(pyramid, LEAST_SCORE), pyramid, budget),
    misfits: (pyramid, squares) => oneByOne(squares, (square) => misfitIn(lookOf(pyramid), pyramid, square)),
    align: (pyramid, detections) =>
      oneByOne(detections, (detection) => alignUpright(lookOf(pyramid), pyramid, detection as Required<Detection>)),
    chipSize: CHIP_SIZE,
    descriptors: (chips) =>
      oneByOne(chips, async (data) => {
        const { fc1 } = await nets.descriptors.run({ image: { data, shape: [1, CHIP_SIZE, CHIP_SIZE, 3] } })
        const descriptor = ofNorm(fc1 as Float32Array)
        for (const used of [data, fc1 as Float32Array]) release(used)
        return descriptor
      }),
    compare: comparison.compare,
    close: async () => {
      for (const { close } of [...Object.values(nets), comparison]) await close()
    },
  }
}

type OpencvOptions = { folder: string; models?: ModelFiles<OpencvModel> | undefined }
type Nets = Record<OpencvModel, Session>

async function openFiles({ detector, descriptors }: ModelFiles<OpencvModel>): Promise<Nets> {
  const [ofDetector] = await openOptimised(detector, [{}])
  const [ofDescriptors] = await openOptimised(descriptors, [{ keepsMemory: true }])
  return { detector: ofDetector, descriptors: ofDescriptors }
}

async function openGraphs(folder: string): Promise<Nets> {
  const { detector, descriptors } = await readModels(folder)
  return {
    detector: await openSession(OPENCV_GRAPHS.detector(detector)),
    descriptors: await openSession(OPENCV_GRAPHS.descriptors(descriptors)),
  }
}

function inPicture(
  { left, top, right, bottom, score, points }: YunetDetection,
  offset: { x: number; y: number },
  scale: number,
): YunetDetection {
  const x = (value: number) => (value - offset.x) / scale
  const y = (value: number) => (value - offset.y) / scale
  return {
    left: x(left),
    top: y(top),
    right: x(right),
    bottom: y(bottom),
    score,
    points: points.map((point) => ({ x: x(point.x), y: y(point.y) })),
  }
}

function ofNorm(numbers: Float32Array): Float32Array {
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  return numbers.map((value) => (value * NORM) / norm)
}

/** A batch needs more memory and is not faster. */
async function oneByOne<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}
