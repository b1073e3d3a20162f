import { release } from '../../memory.ts'
import { bytes, type Encoded, float, integer, joined, message, text } from './protobuf.ts'

/** TensorProto.DataType */
export const TYPES = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const
type Type = keyof typeof TYPES

/** The name of a value that flows through the graph. */
export type Value = string
export type Attribute = string | number | readonly number[] | { float: number }

export type Constant = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>

/** Length of each axis; a name stands for one that is known only when the graph runs. */
export interface Port {
  name: string
  type: Type
  shape: readonly (number | string)[]
}

const IR_VERSION = 8
const OPSET = 15

/** Collects nodes and constants of a net and writes them as an ONNX ModelProto. Field numbers: onnx/onnx.proto of ONNX 1.10. */
export class OnnxGraph {
  readonly #nodes: Encoded[] = []
  readonly #constants: Encoded[] = []
  readonly #data: NodeJS.ArrayBufferView[] = []
  #names = 0

  /** The graph takes the memory of the numbers. */
  constant(data: Constant, shape: readonly number[]): Value {
    const name = this.#name()
    const type = typeOf(data)
    const dims = shape.map((length) => integer(1, length))
    this.#constants.push(message(5, ...dims, integer(2, type), text(8, name), bytes(9, data)))
    this.#data.push(data)
    return name
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), [])
  }

  integers(...values: number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  /** Adds a node with one output and returns that. */
  add(operator: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}, output?: Value): Value {
    const value = output ?? this.#name()
    this.#nodes.push(
      message(
        1,
        ...inputs.map((input) => text(1, input)),
        text(2, value),
        text(4, operator),
        ...Object.entries(attributes).map(([name, attribute]) => message(5, text(1, name), ...attributeOf(attribute))),
      ),
    )
    return value
  }

  /** To be called once: the constants are gone then. */
  model(inputs: readonly Port[], outputs: readonly Port[]): Uint8Array<ArrayBuffer> {
    const graph = message(
      7,
      ...this.#nodes,
      text(2, 'net'),
      ...this.#constants,
      ...inputs.map((port) => message(11, ...portOf(port))),
      ...outputs.map((port) => message(12, ...portOf(port))),
    )
    const opset = message(8, text(1, ''), integer(2, OPSET))
    const model = joined([integer(1, IR_VERSION), text(2, 'livepods'), graph, opset].flat())
    for (const data of this.#data) release(data)
    return model
  }

  #name(): Value {
    return `v${this.#names++}`
  }
}

function typeOf(data: Constant): number {
  if (data instanceof Float32Array) return TYPES.float
  return data instanceof Uint8Array ? TYPES.uint8 : TYPES.int64
}

/** AttributeProto: f = 2, i = 3, s = 4, ints = 8; type (20) is FLOAT 1, INT 2, STRING 3 or INTS 7. */
function attributeOf(attribute: Attribute): Encoded[] {
  if (typeof attribute === 'number') return [integer(3, attribute), integer(20, 2)]
  if (typeof attribute === 'string') return [text(4, attribute), integer(20, 3)]
  if ('float' in attribute) return [float(2, attribute.float), integer(20, 1)]
  return [...attribute.map((value) => integer(8, value)), integer(20, 7)]
}

/** ValueInfoProto */
function portOf({ name, type, shape }: Port): Encoded[] {
  const dims = shape.map((length) => message(1, typeof length === 'number' ? integer(1, length) : text(2, length)))
  const tensor = message(1, integer(1, TYPES[type]), message(2, ...dims))
  return [text(1, name), message(2, tensor)]
}
