import { LANDMARK_SIZE } from '../engine.ts'
import { CHIP_SIZE } from '../upright-chip.ts'
import { MODELS, type ModelName, readWeights } from '../weights.ts'
import { descriptorGraph } from './descriptor-graph.ts'
import { landmarkGraph } from './landmark-graph.ts'
import { ssdGraph } from './ssd-graph.ts'

/** What makes each net as an ONNX graph. */
export type Graphs = Record<ModelName, () => Uint8Array<ArrayBuffer>>

/** The nets as ONNX graphs, from the weights of @vladmandic/face-api. */
export const GRAPHS: Graphs = {
  detector: () => ssdGraph(readWeights(MODELS.detector)),
  landmarks: () => landmarkGraph(readWeights(MODELS.landmarks), LANDMARK_SIZE),
  descriptors: () => descriptorGraph(readWeights(MODELS.descriptors), CHIP_SIZE),
}
