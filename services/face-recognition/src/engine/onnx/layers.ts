import { borrow, release } from '../../memory.ts'
import type { Tensor } from '../weights.ts'
import type { OnnxGraph, Value } from './onnx-graph.ts'

/** What a convolution is multiplied by and moved by, per output channel: a folded scale or batch normalisation. */
export interface Affine {
  scale?: Float32Array<ArrayBuffer>
  bias?: Float32Array<ArrayBuffer>
}

export interface ConvolutionOptions extends Affine {
  stride?: number
  /** As TensorFlow means it: `same` pads so that the output has size / stride pixels, the odd one at the right and below. */
  padding?: 'same' | 'valid'
}

/** Filters [height, width, in, out] of TensorFlow, over a value of shape [N, channels, height, width]. */
export function convolution(graph: OnnxGraph, input: Value, filters: Tensor, options: ConvolutionOptions = {}): Value {
  const [height, width, ins, outs] = filters.shape as [number, number, number, number]
  const { scale = new Float32Array(outs).fill(1) } = options
  const from = filters.data
  const data = new Float32Array(borrow(from.byteLength))
  const area = height * width
  let to = 0
  for (let out = 0; out < outs; out++)
    for (let channel = 0; channel < ins; channel++)
      for (let at = 0; at < area; at++)
        data[to++] = (from[(at * ins + channel) * outs + out] as number) * (scale[out] as number)
  release(from)
  return convolve(graph, input, data, [outs, ins, height, width], 1, options)
}

/** Filters [height, width, channels, 1]: each channel by itself. */
export function depthwise(graph: OnnxGraph, input: Value, filters: Tensor, options: ConvolutionOptions = {}): Value {
  const [height, width, channels] = filters.shape as [number, number, number, number]
  const { scale = new Float32Array(channels).fill(1) } = options
  const from = filters.data
  const data = new Float32Array(borrow(from.byteLength))
  const area = height * width
  let to = 0
  for (let channel = 0; channel < channels; channel++)
    for (let at = 0; at < area; at++)
      data[to++] = (from[at * channels + channel] as number) * (scale[channel] as number)
  release(from)
  return convolve(graph, input, data, [channels, 1, height, width], channels, options)
}

/** Pictures [N, height, width, 3] of 8 bit as the nets want them: [N, 3, height, width], (value − mean) / divisor. */
export function normalised(graph: OnnxGraph, input: Value, mean: readonly number[], divisor: number): Value {
  const planes = graph.add('Transpose', [input], { perm: [0, 3, 1, 2] })
  const floats = graph.add('Cast', [planes], { to: 1 })
  const centred = graph.add('Sub', [floats, graph.constant(Float32Array.from(mean), [1, mean.length, 1, 1])])
  return graph.add('Div', [centred, graph.scalar(divisor)])
}

/** Mean red, green and blue of what the landmark and the embedding net were trained on. Source: face-api.js, FaceRecognitionNet.ts. */
export const MEAN_RGB = [122.782, 117.001, 104.298]

function convolve(
  graph: OnnxGraph,
  input: Value,
  data: Float32Array<ArrayBuffer>,
  shape: [number, number, number, number],
  group: number,
  { bias, stride = 1, padding = 'same' }: ConvolutionOptions,
): Value {
  const inputs = [input, graph.constant(data, shape)]
  if (bias) inputs.push(graph.constant(bias, [bias.length]))
  return graph.add('Conv', inputs, {
    kernel_shape: shape.slice(2),
    strides: [stride, stride],
    auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID',
    group,
  })
}
