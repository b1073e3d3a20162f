import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { borrow } from './memory.ts'

export interface Tensor {
  shape: readonly number[]
  data: Float32Array<ArrayBuffer>
}

/** Gives a tensor by its name, a new copy each time; throws when there is none. */
export type Weights = (name: string) => Tensor

/** The three nets, by the names of their files. */
export const MODELS = {
  detector: 'ssd_mobilenetv1_model',
  landmarks: 'face_landmark_68_model',
  descriptors: 'face_recognition_model',
} as const

const require = createRequire(import.meta.url)

/** Where the npm package @vladmandic/face-api keeps its weights. */
export const WEIGHTS_FOLDER = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model')

/** What tfjs calls a weights manifest: the tensors of a file in their order. Stored are floats, or bytes that stand for value × scale + min. */
type Manifest = {
  paths: string[]
  weights: {
    name: string
    shape: number[]
    dtype: 'float32'
    quantization?: { dtype: 'uint8' | 'uint16'; scale: number; min: number }
  }[]
}[]

export function readWeights(model: string): Weights {
  const manifest = JSON.parse(readFileSync(join(WEIGHTS_FOLDER, `${model}-weights_manifest.json`), 'utf8')) as Manifest
  const tensors = new Map<string, () => Tensor>()
  for (const { paths, weights } of manifest) {
    const stored = Buffer.concat(paths.map((path) => readFileSync(join(WEIGHTS_FOLDER, path))))
    let at = 0
    for (const { name, shape, quantization } of weights) {
      const length = shape.reduce((product, side) => product * side, 1)
      const bytes = stored.subarray(at, at + length * BYTES[quantization?.dtype ?? 'float32'])
      tensors.set(name, () => ({ shape, data: numbers(bytes, length, quantization) }))
      at += bytes.length
    }
    if (at !== stored.length) throw new Error(`The weights of ${model} have ${stored.length} bytes, not ${at}.`)
  }
  return (name) => {
    const tensor = tensors.get(name)
    if (!tensor) throw new Error(`${model} has no weights called ${name}.`)
    return tensor()
  }
}

const BYTES = { float32: 4, uint16: 2, uint8: 1 }

function numbers(
  stored: Buffer,
  length: number,
  quantization: Manifest[0]['weights'][0]['quantization'],
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(borrow(length * BYTES.float32))
  if (!quantization) {
    new Uint8Array(result.buffer).set(stored)
    return result
  }
  const { dtype, scale, min } = quantization
  const values = dtype === 'uint8' ? stored : new Uint16Array(Uint8Array.from(stored).buffer)
  for (let i = 0; i < length; i++) result[i] = (values[i] as number) * scale + min
  return result
}
