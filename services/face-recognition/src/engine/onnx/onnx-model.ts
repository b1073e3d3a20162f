import protobuf from 'protobufjs'
import { borrow } from '../../memory.ts'
import { type Attribute, type Constant, TYPES } from './onnx-graph.ts'

export interface OnnxTensor {
  shape: readonly number[]
  data: Constant | Int8Array<ArrayBuffer>
}

export interface OnnxNode {
  operator: string
  inputs: readonly string[]
  outputs: readonly string[]
  /** Without those that are tensors. */
  attributes: Record<string, Attribute>
}

export interface OnnxModel {
  /** In an order in which each comes after those that it depends on. */
  nodes: readonly OnnxNode[]
  constants: ReadonlyMap<string, OnnxTensor>
  outputs: readonly string[]
}

/** Of onnx/onnx.proto (ONNX 1.16) the fields that are read here; others are skipped. */
const SCHEMA = `
syntax = "proto2";
message ModelProto { optional GraphProto graph = 7; }
message GraphProto {
  repeated NodeProto node = 1;
  repeated TensorProto initializer = 5;
  repeated ValueInfoProto output = 12;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  repeated int64 ints = 8;
  optional int32 type = 20;
}
message TensorProto {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  repeated float float_data = 4 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
}
message ValueInfoProto { optional string name = 1; }
`

interface Graph {
  node: { input: string[]; output: string[]; opType: string; attribute: StoredAttribute[] }[]
  initializer: StoredTensor[]
  output: { name: string }[]
}
interface StoredAttribute {
  name: string
  f: number
  i: number
  s: Uint8Array
  ints: number[]
  type: number
}
interface StoredTensor {
  dims: number[]
  dataType: number
  floatData: number[]
  name: string
  rawData: Uint8Array
}

/** What a file in ONNX format has. Throws when it is none, or has constants of other types than float, int8 and int64. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const type = protobuf.parse(SCHEMA).root.lookupType('ModelProto')
  const options = { longs: Number, defaults: true, arrays: true }
  const { graph } = type.toObject(type.decode(bytes), options) as { graph: Graph }
  return {
    nodes: graph.node.map(({ input, output, opType, attribute }) => ({
      operator: opType,
      inputs: input,
      outputs: output,
      attributes: Object.fromEntries(attribute.flatMap((stored) => attributeOf(stored))),
    })),
    constants: new Map(graph.initializer.map((stored) => [stored.name, tensorOf(stored)])),
    outputs: graph.output.map(({ name }) => name),
  }
}

/** AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7. */
function attributeOf({ name, type, f, i, s, ints }: StoredAttribute): [name: string, value: Attribute][] {
  switch (type) {
    case 1:
      return [[name, { float: f }]]
    case 2:
      return [[name, i]]
    case 3:
      return [[name, new TextDecoder().decode(s)]]
    case 7:
      return [[name, ints]]
    default:
      return []
  }
}

function tensorOf({ name, dims, dataType, floatData, rawData }: StoredTensor): OnnxTensor {
  if (floatData.length > 0) return { shape: dims, data: Float32Array.from(floatData) }
  // Copied, since its place in the file is no multiple of its alignment.
  const copy = new Uint8Array(borrow(rawData.length))
  copy.set(rawData)
  switch (dataType) {
    case TYPES.float:
      return { shape: dims, data: new Float32Array(copy.buffer) }
    case TYPES.int8:
      return { shape: dims, data: new Int8Array(copy.buffer) }
    case TYPES.int64:
      return { shape: dims, data: new BigInt64Array(copy.buffer) }
    default:
      throw new Error(`The constant ${name} has the type ${dataType}, which is not known here.`)
  }
}
