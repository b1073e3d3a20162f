import type { Weights } from '../weights.ts'
import { convolution, MEAN_RGB, normalised } from './layers.ts'
import { OnnxGraph, type Value } from './onnx-graph.ts'

/** A value, its channels and the side of its square. */
interface Maps {
  value: Value
  channels: number
  side: number
}

/** The residual blocks between the first layer and the mean, by the names of their weights; "down" ones halve the side. */
const BLOCKS = [
  ...['conv32_1', 'conv32_2', 'conv32_3'],
  ...['conv64_down', 'conv64_1', 'conv64_2', 'conv64_3'],
  ...['conv128_down', 'conv128_1', 'conv128_2'],
  ...['conv256_down', 'conv256_1', 'conv256_2', 'conv256_down_out'],
]

/**
 * `image` uint8 [N, size, size, 3] → `descriptors` float [N, 128]. The net is dlib's ResNet with 29 layers; structure after face-api.js,
 * FaceRecognitionNet.ts, with dlib's scales folded into the convolutions.
 */
export function descriptorGraph(weights: Weights, size: number): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  const input = normalised(graph, 'image', MEAN_RGB, 255)
  const first = layer(graph, weights, { value: input, channels: 3, side: size }, 'conv32_down', 2)
  const pooled = graph.add('MaxPool', [relu(graph, first.value)], { kernel_shape: [3, 3], strides: [2, 2] })
  let maps: Maps = { ...first, value: pooled, side: Math.floor((first.side - 3) / 2) + 1 }
  for (const name of BLOCKS) maps = block(graph, weights, maps, name)
  const means = graph.add('Flatten', [graph.add('GlobalAveragePool', [maps.value])], { axis: 1 })
  const { data, shape } = weights('fc')
  graph.add('MatMul', [means, graph.constant(data, shape)], {}, 'descriptors')
  return graph.model(
    [{ name: 'image', type: 'uint8', shape: ['N', size, size, 3] }],
    [{ name: 'descriptors', type: 'float', shape: ['N', 128] }],
  )
}

function block(graph: OnnxGraph, weights: Weights, input: Maps, name: string): Maps {
  const isDown = name.includes('down')
  const inner = layer(graph, weights, input, `${name}/conv1`, isDown ? 2 : 1)
  const outer = layer(graph, weights, { ...inner, value: relu(graph, inner.value) }, `${name}/conv2`, 1)
  const around = isDown ? halved(graph, input, outer.channels) : input
  const sum = graph.add('Add', [grown(graph, outer, around.side).value, around.value])
  return { ...around, value: relu(graph, sum) }
}

/** Every second pixel of a side is the mean of two; channels that the block adds are zero. */
function halved(graph: OnnxGraph, { value, channels, side }: Maps, wanted: number): Maps {
  const pooled = graph.add('AveragePool', [value], { kernel_shape: [2, 2], strides: [2, 2] })
  const half = { channels: wanted, side: Math.floor(side / 2) }
  if (wanted === channels) return { ...half, value: pooled }
  const pads = graph.integers(0, 0, 0, 0, 0, wanted - channels, 0, 0)
  return { ...half, value: graph.add('Pad', [pooled, pads]) }
}

/** Zeros to the right and below, up to the side. */
function grown(graph: OnnxGraph, maps: Maps, side: number): Maps {
  const more = side - maps.side
  if (more === 0) return maps
  return { ...maps, side, value: graph.add('Pad', [maps.value, graph.integers(0, 0, 0, 0, 0, 0, more, more)]) }
}

function layer(graph: OnnxGraph, weights: Weights, input: Maps, name: string, stride: 1 | 2): Maps {
  const filters = weights(`${name}/conv/filters`)
  const [kernel, , , channels] = filters.shape as [number, number, number, number]
  const scale = weights(`${name}/scale/weights`).data
  const offset = weights(`${name}/scale/biases`).data
  const bias = weights(`${name}/conv/bias`).data.map((value, i) => value * (scale[i] ?? 1) + (offset[i] ?? 0))
  const padding = stride === 2 ? 'valid' : 'same'
  const value = convolution(graph, input.value, filters, { scale, bias, stride, padding })
  return { value, channels, side: stride === 2 ? Math.floor((input.side - kernel) / 2) + 1 : input.side }
}

function relu(graph: OnnxGraph, value: Value): Value {
  return graph.add('Relu', [value])
}
