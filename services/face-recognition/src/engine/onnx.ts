import { detectAtOnce, detectFar, detectInSteps } from './cascade.ts'
import { detectionsOf } from './detections.ts'
import type { LandmarkEngine } from './engine.ts'
import { byLandmarks } from './landmark-passes.ts'
import { anchorsOn } from './onnx/anchors.ts'
import { openComparison } from './onnx/comparison.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import { GRAPHS } from './onnx/models.ts'
import {
  closeNets,
  detectorFor,
  landmarksIn,
  oneByOne,
  openFiles,
  openGraphs,
  type ReadDetections,
} from './onnx/nets.ts'
import type { Pyramid } from './pyramid.ts'
import { CHIP_SIZE } from './upright-chip.ts'
import { OF_SSD } from './upright-rule.ts'
import { MODELS, readWeights, type Tensor } from './weights.ts'

/** Of an embedding. */
const LENGTH = 128

/**
 * @vladmandic/face-api's nets as ONNX graphs on onnxruntime-node: one thread, some 110 MB. Rejects when its addon cannot be
 * loaded. Without `files` it makes the nets itself, which takes 100 MB more.
 */
export async function openOnnx(files?: ModelFiles): Promise<LandmarkEngine> {
  const nets = files ? await openFiles(files) : await openGraphs(GRAPHS)
  const comparison = await openComparison(LENGTH)
  const read = readSsd(readWeights(MODELS.detector)('Output/extra_dim'))
  const detector = (pyramid: Pyramid) => detectorFor(nets, read, pyramid)
  return {
    detect: (pyramid, options) => detectInSteps(detector(pyramid), pyramid, options),
    detectFar: (pyramid, side, budget) => detectFar(detector(pyramid), pyramid, side, budget),
    detectAtOnce: (pyramid, budget) => detectAtOnce(detector(pyramid), pyramid, budget),
    upright: OF_SSD,
    ...byLandmarks((crops) => landmarksIn(nets, crops)),
    descriptors: (chips) => oneByOne(nets.descriptors, chips, CHIP_SIZE, 'descriptors'),
    compare: comparison.compare,
    close: async () => {
      await closeNets(nets)
      await comparison.close()
    },
  }
}

function readSsd(stored: Tensor): ReadDetections {
  const anchors = new Map<string, Float32Array>()
  return ({ boxes, scores }, { width, height }, least) => {
    const size = `${width}x${height}`
    const known = anchors.get(size) ?? anchorsOn(width, height, stored)
    anchors.set(size, known)
    return detectionsOf(boxes as Float32Array, scores as Float32Array, known, least)
  }
}
