import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { borrow, release } from '../memory.ts'

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

export type ModelName = keyof typeof MODELS

const require = createRequire(import.meta.url)

/** Where the npm package @vladmandic/face-api keeps its weights. */
export const WEIGHTS_FOLDER = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model')

/** What tfjs calls a weights manifest: the tensors of a file in their order. Stored are floats, or bytes that stand for value × scale + min. */
type Manifest = { weights: { name: string; shape: number[]; quantization?: Quantization }[] }[]
type Quantization = { dtype: 'uint8' | 'uint16'; scale: number; min: number }

/** Reads of the file only what is asked for: a worker needs one tensor of a hundred. */
export function readWeights(model: string): Weights {
  const path = join(WEIGHTS_FOLDER, `${model}.bin`)
  const manifest = JSON.parse(readFileSync(join(WEIGHTS_FOLDER, `${model}-weights_manifest.json`), 'utf8')) as Manifest
  const tensors = new Map<string, () => Tensor>()
  let end = 0
  for (const { name, shape, quantization } of manifest.flatMap(({ weights }) => weights)) {
    const at = end
    const length = shape.reduce((product, side) => product * side, 1)
    end += length * BYTES[quantization?.dtype ?? 'float32']
    const place = { path, at, bytes: end - at }
    tensors.set(name, () => ({ shape, data: numbers(read(place), length, quantization) }))
  }
  const { size } = statSync(path)
  if (end !== size) throw new Error(`The weights of ${model} have ${size} bytes, not ${end}.`)
  return (name) => {
    const tensor = tensors.get(name)
    if (!tensor) throw new Error(`${model} has no weights called ${name}.`)
    return tensor()
  }
}

const BYTES = { float32: 4, uint16: 2, uint8: 1 }

function read({ path, at, bytes }: { path: string; at: number; bytes: number }): ArrayBuffer {
  const memory = new Uint8Array(borrow(bytes))
  const file = openSync(path, 'r')
  for (let done = 0; done < bytes; ) done += readSync(file, memory, done, bytes - done, at + done)
  closeSync(file)
  return memory.buffer
}

function numbers(stored: ArrayBuffer, length: number, quantization?: Quantization): Float32Array<ArrayBuffer> {
  if (!quantization) return new Float32Array(stored)
  const { dtype, scale, min } = quantization
  const values = dtype === 'uint8' ? new Uint8Array(stored) : new Uint16Array(stored)
  const result = new Float32Array(borrow(length * BYTES.float32))
  for (let i = 0; i < length; i++) result[i] = (values[i] as number) * scale + min
  release(values)
  return result
}
