import type { Tensor, Weights } from '../weights.ts'
import { convolution, depthwise, normalised } from './layers.ts'
import { OnnxGraph, type Value } from './onnx-graph.ts'

/** The separable layers of MobileNet that halve the side, and the one whose output the first predictor looks at, too. */
const HALVING = [2, 4, 6, 12]
const LAYERS = 13
const FIRST_SEEN = 11
const EXTRA_LAYERS = 8
/** Source: face-api.js, mobileNetV1.ts. */
const EPSILON = 0.0010000000474974513
/** The class predictor tells background, face and a third that means nothing here. */
const CLASSES = 3
const FACE = 1

/**
 * `image` uint8 [1, height, width, 3] → `boxes` float [1, anchors, 4] as differences from the anchors, and `scores` float [1, anchors, 1],
 * before the sigmoid. Height and width are multiples of 64. Structure after face-api.js, SsdMobilenetv1.ts.
 */
export function ssdGraph(weights: Weights): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  const seen: Value[] = []
  // (x − 127.5) / 127.5
  let value = normalised(graph, 'image', [127.5, 127.5, 127.5], 127.5)
  value = pointwise(graph, weights, value, 'MobilenetV1/Conv2d_0_pointwise', 2)
  for (let layer = 1; layer <= LAYERS; layer++) {
    const stride = HALVING.includes(layer) ? 2 : 1
    value = separate(graph, weights, value, `MobilenetV1/Conv2d_${layer}_depthwise`, stride)
    value = pointwise(graph, weights, value, `MobilenetV1/Conv2d_${layer}_pointwise`, 1)
    if (layer === FIRST_SEEN || layer === LAYERS) seen.push(value)
  }
  for (let layer = 0; layer < EXTRA_LAYERS; layer++) {
    const isHalving = layer % 2 === 1
    value = pointwise(graph, weights, value, `Prediction/Conv2d_${layer}_pointwise`, isHalving ? 2 : 1)
    if (isHalving) seen.push(value)
  }
  predict(graph, weights, seen, 'BoxEncodingPredictor', 4, 'boxes')
  predict(graph, weights, seen, 'ClassPredictor', 1, 'scores')
  return graph.model(
    [{ name: 'image', type: 'uint8', shape: ['N', 'height', 'width', 3] }],
    [
      { name: 'boxes', type: 'float', shape: ['N', 'anchors', 4] },
      { name: 'scores', type: 'float', shape: ['N', 'anchors', 1] },
    ],
  )
}

function pointwise(graph: OnnxGraph, weights: Weights, input: Value, name: string, stride: number): Value {
  const bias = weights(`${name}/convolution_bn_offset`).data
  return relu6(graph, convolution(graph, input, weights(`${name}/weights`), { bias, stride }))
}

function separate(graph: OnnxGraph, weights: Weights, input: Value, name: string, stride: number): Value {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
    (part) => weights(`${name}/BatchNorm/${part}`).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array]
  const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] as number) + EPSILON))
  const bias = beta.map((value, i) => value - (mean[i] as number) * (scale[i] as number))
  return relu6(graph, depthwise(graph, input, weights(`${name}/depthwise_weights`), { scale, bias, stride }))
}

function predict(graph: OnnxGraph, weights: Weights, seen: Value[], name: string, each: number, output: Value): void {
  const rows = seen.map((value, i) => {
    const path = `Prediction/BoxPredictor_${i}/${name}`
    const [filters, bias] = [weights(`${path}/weights`), weights(`${path}/biases`)].map((tensor) =>
      name === 'ClassPredictor' ? onlyFace(tensor) : tensor,
    ) as [Tensor, Tensor]
    const maps = convolution(graph, value, filters, { bias: bias.data })
    const last = graph.add('Transpose', [maps], { perm: [0, 2, 3, 1] })
    return graph.add('Reshape', [last, graph.constant(BigInt64Array.of(0n, -1n, BigInt(each)), [3])])
  })
  graph.add('Concat', rows, { axis: 1 }, output)
}

/** Every third output channel: the others need not be computed. */
function onlyFace({ shape, data }: Tensor): Tensor {
  const channels = (shape.at(-1) as number) / CLASSES
  return {
    shape: [...shape.slice(0, -1), channels],
    data: data.filter((_, i) => i % CLASSES === FACE),
  }
}

function relu6(graph: OnnxGraph, value: Value): Value {
  return graph.add('Clip', [value, graph.scalar(0), graph.scalar(6)])
}
