import type { Weights } from '../weights.ts'
import { convolution, depthwise, MEAN_RGB, normalised } from './layers.ts'
import { OnnxGraph, type Value } from './onnx-graph.ts'

const BLOCKS = 4

/** `image` uint8 [N, size, size, 3] → `points` float [N, 136]: x and y of 68 landmarks as parts of the side. Structure after face-api.js, FaceFeatureExtractor.ts. */
export function landmarkGraph(weights: Weights, size: number): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  let value = normalised(graph, 'image', MEAN_RGB, 255)
  for (let block = 0; block < BLOCKS; block++) value = dense(graph, weights, value, `dense${block}`)
  const pooled = graph.add('AveragePool', [value], { kernel_shape: [7, 7], strides: [2, 2] })
  const flat = graph.add('Flatten', [pooled], { axis: 1 })
  const [matrix, bias] = [weights('fc/weights'), weights('fc/bias')]
  const inputs = [flat, graph.constant(matrix.data, matrix.shape), graph.constant(bias.data, bias.shape)]
  graph.add('Gemm', inputs, {}, 'points')
  return graph.model(
    [{ name: 'image', type: 'uint8', shape: ['N', size, size, 3] }],
    [{ name: 'points', type: 'float', shape: ['N', 136] }],
  )
}

/** Four layers, each added to the sum of those before; the first sum is taken of what is rectified already. */
function dense(graph: OnnxGraph, weights: Weights, input: Value, name: string): Value {
  let rectified = graph.add('Relu', [layer(graph, weights, input, `${name}/conv0`, 2)])
  let sum = rectified
  for (const next of ['conv1', 'conv2', 'conv3']) {
    sum = graph.add('Add', [sum, layer(graph, weights, rectified, `${name}/${next}`, 1)])
    rectified = graph.add('Relu', [sum])
  }
  return rectified
}

function layer(graph: OnnxGraph, weights: Weights, input: Value, name: string, stride: number): Value {
  const bias = weights(`${name}/bias`).data
  if (name === 'dense0/conv0') return convolution(graph, input, weights(`${name}/filters`), { bias, stride })
  const spread = depthwise(graph, input, weights(`${name}/depthwise_filter`), { stride })
  return convolution(graph, spread, weights(`${name}/pointwise_filter`), { bias })
}
