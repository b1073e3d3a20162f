import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { onCanvas } from './canvas.ts'
import { type Backend, type Detection, LANDMARK_SIZE, type LandmarkEngine, MIN_SCORE } from './engine.ts'
import { byLandmarks } from './landmark-passes.ts'
import type { Pyramid } from './pyramid.ts'
import { CHIP_SIZE } from './upright-chip.ts'
import { OF_SSD } from './upright-rule.ts'
import { WEIGHTS_FOLDER } from './weights.ts'

type FaceApi = typeof import('@vladmandic/face-api')
type Tensor = InstanceType<FaceApi['tf']['Tensor']>

/** Side in pixels of the picture that the detector looks at; the net knows no other. */
const DETECTOR_SIZE = 512
/** The detector misses faces that fill the picture: then it runs again with a black margin, in parts of the longer side. */
const MARGINS = [0, 0.5, 1]
const NETS = ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'] as const

const require = createRequire(import.meta.url)

/**
 * @vladmandic/face-api on tfjs-node where that loads, else on WASM (one thread, some 500 MB), or on what is asked for. Rejects when the
 * packages are not there.
 */
export async function openFaceApi(backend?: Backend): Promise<LandmarkEngine> {
  const faceApi = await load(backend)
  for (const net of NETS) await faceApi.nets[net].loadFromDisk(WEIGHTS_FOLDER)
  const run = <T>(pictures: Uint8Array[], size: number, ask: (tensors: Tensor[]) => Promise<T>) =>
    withTensors(faceApi, pictures, size, ask)
  return {
    detect: async (pyramid) => {
      for (const margin of MARGINS) {
        const found = await detectWithin(faceApi, pyramid, margin)
        if (found.length > 0) return { faces: found }
      }
      return { faces: [] }
    },
    detectFar: async () => [],
    detectAtOnce: (pyramid) => detectWithin(faceApi, pyramid, 0),
    upright: OF_SSD,
    ...byLandmarks((crops) =>
      run(crops, LANDMARK_SIZE, async (tensors) => {
        const found = await faceApi.nets.faceLandmark68Net.detectLandmarks(tensors as never)
        return [found].flat().map(({ positions }) => positions.map(({ x, y }) => ({ x, y })))
      }),
    ),
    descriptors: (chips) =>
      run(chips, CHIP_SIZE, async (tensors) =>
        [await faceApi.nets.faceRecognitionNet.computeFaceDescriptor(tensors as never)].flat(),
      ),
    close: async () => {},
  }
}

async function load(backend: Backend | undefined): Promise<FaceApi> {
  if (backend === 'tfjs-node') return await loadOnTfjsNode()
  if (backend === 'wasm') return await loadOnWasm()
  try {
    return await loadOnTfjsNode()
  } catch {
    // Its addon is seldom there: see the script tfjs-node.
    return await loadOnWasm()
  }
}

async function loadOnTfjsNode(): Promise<FaceApi> {
  // 4.22.0 still calls what Node 23 removed; mended upstream (tensorflow/tfjs#8425), not released.
  const util = require('node:util') as { isNullOrUndefined?: unknown; isArray?: unknown }
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
  const faceApi = require('@vladmandic/face-api/dist/face-api.node.js') as FaceApi
  const { tf } = faceApi as unknown as { tf: typeof import('@tensorflow/tfjs') }
  await tf.ready()
  if (tf.getBackend() !== 'tensorflow') throw new Error(`tfjs fell back to its backend "${tf.getBackend()}".`)
  return faceApi
}

async function loadOnWasm(): Promise<FaceApi> {
  // tfjs-backend-wasm adds listeners that throw again whatever nobody caught: an error elsewhere in the process would end this thread.
  const kept = (['uncaughtException', 'unhandledRejection'] as const).map((event) => ({
    event,
    listeners: process.listeners(event as 'uncaughtException'),
  }))
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm')
  // Of the package's builds this one takes tfjs from outside; its main file wants tfjs-node.
  const faceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi
  const { tf } = faceApi as unknown as { tf: typeof import('@tensorflow/tfjs') }
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  await tf.setBackend('wasm')
  await tf.ready()
  // When WASM fails, tfjs goes on with plain JavaScript, 25 times slower, and only a banner says so.
  if (tf.getBackend() !== 'wasm') throw new Error(`tfjs fell back to its backend "${tf.getBackend()}".`)
  for (const { event, listeners } of kept) {
    process.removeAllListeners(event)
    for (const listener of listeners) process.on(event as 'uncaughtException', listener)
  }
  return faceApi
}

async function detectWithin(faceApi: FaceApi, pyramid: Pyramid, margin: number): Promise<Detection[]> {
  const { data, offset, scale } = onCanvas(pyramid, DETECTOR_SIZE, { margin })
  return await withTensors(faceApi, [data], DETECTOR_SIZE, async ([tensor]) => {
    // The nets are asked directly: the tasks of detectAllFaces() ignore the second argument of then(), so awaiting one never rejects.
    const found = await faceApi.nets.ssdMobilenetv1.locateFaces(tensor as never, { minConfidence: MIN_SCORE })
    return found.map(({ box, score }) => ({
      left: (box.left - offset.x) / scale,
      top: (box.top - offset.y) / scale,
      right: (box.right - offset.x) / scale,
      bottom: (box.bottom - offset.y) / scale,
      score,
    }))
  })
}

async function withTensors<T>(
  { tf }: FaceApi,
  pictures: Uint8Array[],
  size: number,
  ask: (tensors: Tensor[]) => Promise<T>,
): Promise<T> {
  const tensors = pictures.map((data) => tf.tensor3d(data, [size, size, 3], 'int32'))
  try {
    return await ask(tensors)
  } finally {
    for (const tensor of tensors) tensor.dispose()
  }
}
