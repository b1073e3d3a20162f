// A subject of the face benchmark: @vladmandic/face-api on WASM as its own documentation shows it: the whole picture in, detectAllFaces()
// with everything.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import type { Box } from './sample-faces.ts'
import { cpuMsSince, type Recognition, type Subject, serveSubject } from './subject.ts'

const NETS = ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'] as const
const require = createRequire(import.meta.url)
const boxOf = ({ x, y, width, height }: Box): Box => ({ x, y, width, height })

await serveSubject(async (): Promise<Subject> => {
  sharp.concurrency(1)
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm')
  const faceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as typeof import('@vladmandic/face-api')
  const { tf } = faceApi as unknown as { tf: typeof import('@tensorflow/tfjs') }
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  await tf.setBackend('wasm')
  await tf.ready()
  if (tf.getBackend() !== 'wasm') throw new Error(`tfjs fell back to its backend "${tf.getBackend()}".`)
  const folder = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model')
  for (const net of NETS) await faceApi.nets[net].loadFromDisk(folder)
  const recognise = async (bytes: Buffer): Promise<Recognition> => {
    const [cpuAtStart, startedAt] = [process.cpuUsage(), performance.now()]
    const { data, info } = await sharp(bytes).autoOrient().removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const [decodeCpuMs, decodeMs] = [cpuMsSince(cpuAtStart), performance.now() - startedAt]
    const [cpuDecoded, decodedAt] = [process.cpuUsage(), performance.now()]
    const tensor = tf.tensor3d(data, [info.height, info.width, 3], 'int32')
    // run(), since the task's own then() never rejects.
    const found = await faceApi
      .detectAllFaces(tensor as never)
      .withFaceLandmarks()
      .withFaceDescriptors()
      .run()
    tensor.dispose()
    return {
      decodeMs,
      decodeCpuMs,
      restMs: performance.now() - decodedAt,
      restCpuMs: cpuMsSince(cpuDecoded),
      faces: found.map(({ detection, descriptor }) => ({
        area: detection.box.area,
        box: boxOf(detection.relativeBox),
        descriptor,
      })),
    }
  }
  const about = { tfjs: tf.version_core, faceApi: faceApi.version as unknown as string, backend: tf.getBackend() }
  return { about, recognise, describe: recognise, close: async () => {} }
})
