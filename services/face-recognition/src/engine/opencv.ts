import { detectAtOnce, detectFar } from './cascade.ts'
import type { LandmarkEngine } from './engine.ts'
import { byLandmarks } from './landmark-passes.ts'
import { openComparison } from './onnx/comparison.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import { closeNets, detectorFor, landmarksIn, oneByOne, openFiles, openGraphs } from './onnx/nets.ts'
import { detectInTwoLooks, LEAST_SCORE } from './opencv/detect.ts'
import { CHIP_SIZE, fivePointChip } from './opencv/five-points.ts'
import { opencvGraphs } from './opencv/graphs.ts'
import { yunetDetections } from './opencv/yunet.ts'
import type { Pyramid } from './pyramid.ts'
import { OF_YUNET } from './upright-rule.ts'

/** Of an embedding. */
const LENGTH = 128
/** With embeddings of this norm the distance of 0.6 is that of the other engines: false matches in 0.1 % of comparisons. */
const NORM = 0.53

/**
 * YuNet and SFace of OpenCV's model zoo, and face-api's landmark net between them, on onnxruntime-node: one thread, some 140 MB. Rejects
 * when its addon cannot be loaded. Without `files` it makes the nets itself, and may reject with ModelFolderError.
 */
export async function openOpencv(folder: string, files?: ModelFiles): Promise<LandmarkEngine> {
  const nets = files ? await openFiles(files) : await openGraphs(await opencvGraphs(folder))
  const comparison = await openComparison(LENGTH)
  const detector = (pyramid: Pyramid, score?: number) =>
    detectorFor(nets, (outputs, { width }, least) => yunetDetections(outputs, width, score ?? least), pyramid)
  return {
    detect: (pyramid, options) => detectInTwoLooks(detector(pyramid), pyramid, options),
    detectFar: (pyramid, side, budget) => detectFar(detector(pyramid, LEAST_SCORE), pyramid, side, budget),
    detectAtOnce: (pyramid, budget) => detectAtOnce(detector(pyramid, LEAST_SCORE), pyramid, budget),
    upright: OF_YUNET,
    ...byLandmarks((crops) => landmarksIn(nets, crops), { chipOf: fivePointChip, chipSize: CHIP_SIZE }),
    descriptors: async (chips) => (await oneByOne(nets.descriptors, chips, CHIP_SIZE, 'fc1')).map(ofNorm),
    compare: comparison.compare,
    close: async () => {
      await closeNets(nets)
      await comparison.close()
    },
  }
}

function ofNorm(numbers: Float32Array): Float32Array {
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  return numbers.map((value) => (value * NORM) / norm)
}
