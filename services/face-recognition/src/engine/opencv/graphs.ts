import { borrow } from '../../memory.ts'
import { GRAPHS, type Graphs } from '../onnx/models.ts'
import { OnnxGraph, type Value } from '../onnx/onnx-graph.ts'
import { type OnnxModel, type OnnxNode, type OnnxTensor, readOnnx } from '../onnx/onnx-model.ts'
import { CHIP_SIZE } from './five-points.ts'
import { type OpencvModel, readModels } from './model-folder.ts'

/** Distances in pixels between the points of YuNet's three grids. */
export const STRIDES = [8, 16, 32] as const

/** OpenCV's models made fit: 8-bit pictures in, weights as floats, and for each operator what onnxruntime computes fastest. */
export const OPENCV_GRAPHS: Record<OpencvModel, (file: Uint8Array) => Uint8Array<ArrayBuffer>> = {
  detector: yunetGraph,
  descriptors: sfaceGraph,
}

/** The three nets, two of them from the files in the folder. Throws ModelFolderError. */
export async function opencvGraphs(folder: string): Promise<Graphs> {
  const { detector, descriptors } = await readModels(folder)
  return {
    detector: () => yunetGraph(detector),
    landmarks: GRAPHS.landmarks,
    descriptors: () => sfaceGraph(descriptors),
  }
}

/**
 * `image` uint8 [1, height, width, 3], sides multiples of 32 → for each stride `cls_`, `obj_` float [1, n, 1], `bbox_` [1, n, 4], `kps_`
 * [1, n, 10]. The file says 640 × 640, but nothing in it depends on that.
 */
function yunetGraph(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  const bgr = graph.add('Gather', [planes(graph), graph.integers(2, 1, 0)], { axis: 1 })
  copyNodes(readOnnx(file), graph, new Map([['input', bgr]]))
  const output = (name: string, length: number) =>
    STRIDES.map((stride) => ({ name: `${name}_${stride}`, type: 'float' as const, shape: [1, `n${stride}`, length] }))
  return graph.model(
    [{ name: 'image', type: 'uint8', shape: [1, 'height', 'width', 3] }],
    [...output('cls', 1), ...output('obj', 1), ...output('bbox', 4), ...output('kps', 10)],
  )
}

/** `image` uint8 [N, 112, 112, 3] → `fc1` float [N, 128], of any length. */
function sfaceGraph(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  copyNodes(readOnnx(file), graph, new Map([['data', planes(graph)]]))
  return graph.model(
    [{ name: 'image', type: 'uint8', shape: ['N', CHIP_SIZE, CHIP_SIZE, 3] }],
    [{ name: 'fc1', type: 'float', shape: ['N', 128] }],
  )
}

/** [N, 3, height, width], red first, 0 to 255: both nets do what is left to do themselves. */
function planes(graph: OnnxGraph): Value {
  return graph.add('Cast', [graph.add('Transpose', ['image'], { perm: [0, 3, 1, 2] })], { to: 1 })
}

/** Adds the nodes of the model to a graph that has its inputs already. */
function copyNodes(model: OnnxModel, graph: OnnxGraph, values: Map<string, Value>): void {
  const constants = new Map(model.constants)
  const constantNamed = (name: string) => {
    const constant = constants.get(name)
    if (!constant) throw new Error(`The model has no value called ${name}.`)
    return constant
  }
  const valueNamed = (name: string) => {
    const known = values.get(name)
    if (known !== undefined) return known
    const { data, shape } = constantNamed(name)
    if (data instanceof Int8Array) throw new Error(`The constant ${name} is used as it is stored.`)
    const added = graph.constant(data, shape)
    values.set(name, added)
    return added
  }
  for (const node of model.nodes) {
    const [input = '', second = ''] = node.inputs
    const [output = ''] = node.outputs
    const name = model.outputs.includes(output) ? output : undefined
    if (node.operator === 'DequantizeLinear') constants.set(output, dequantised(node, constantNamed))
    else if (node.operator === 'Reshape' && constants.has(input) && !values.has(input))
      constants.set(output, { ...constantNamed(input), shape: Array.from(constantNamed(second).data, Number) })
    else if (node.operator === 'Dropout') values.set(output, valueNamed(input))
    else if (node.operator === 'PRelu') values.set(output, prelu(graph, valueNamed(input), constantNamed(second)))
    // The only one says that Dropout is not training.
    else if (node.operator !== 'Constant')
      values.set(output, graph.add(node.operator, node.inputs.map(valueNamed), node.attributes, name))
  }
}

/** Stored are bytes; each block of neighbours in a row has a scale and a zero point of its own. */
function dequantised({ inputs, attributes }: OnnxNode, constantNamed: (name: string) => OnnxTensor): OnnxTensor {
  const [stored, scales, zeros] = inputs.map(constantNamed) as [OnnxTensor, OnnxTensor, OnnxTensor]
  const block = attributes.block_size as number
  if (attributes.axis !== stored.shape.length - 1 || (stored.shape.at(-1) as number) % block !== 0)
    throw new Error('The blocks of a quantised constant do not divide its rows.')
  const data = new Float32Array(borrow(stored.data.length * Float32Array.BYTES_PER_ELEMENT))
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / block)
    data[i] = ((stored.data[i] as number) - (zeros.data[at] as number)) * (scales.data[at] as number)
  }
  return { shape: stored.shape, data }
}

/**
 * Relu(x) − a · Relu(−x), for which onnxruntime has fast code: as 1 × 1 convolutions of each channel by itself. With its own PRelu the net
 * takes 26 ms, so 15.
 */
function prelu(graph: OnnxGraph, input: Value, { data }: OnnxTensor): Value {
  const slopes = data as Float32Array
  const times = (value: Value, factors: Float32Array<ArrayBuffer>) =>
    graph.add('Conv', [value, graph.constant(factors, [factors.length, 1, 1, 1])], {
      group: factors.length,
      kernel_shape: [1, 1],
    })
  const negative = graph.add('Relu', [times(input, new Float32Array(slopes.length).fill(-1))])
  return graph.add('Add', [
    graph.add('Relu', [input]),
    times(
      negative,
      Float32Array.from(slopes, (slope) => -slope),
    ),
  ])
}
