// A subject of the face benchmark: an engine of the service face-recognition with its worker threads, as the service runs it. Arguments:
// its name and the number of workers.
import { decode } from '@livepods/face-recognition/decode'
import { openRecogniser, type RecogniserOptions } from '@livepods/face-recognition/recogniser'
import { createLog } from '@livepods/service'
import { cpuMsSince, type Recognition, type Subject, serveSubject } from './subject.ts'

/** Seconds per stage come along with what describe() promises. */
interface Staged {
  seconds: { decode: number } & Record<string, number>
}

const ENGINES: Record<string, Pick<RecogniserOptions, 'engine' | 'backend' | 'modelFolder'>> = {
  onnx: { engine: 'onnx' },
  wasm: { engine: 'face-api', backend: 'wasm' },
  'tfjs-node': { engine: 'face-api', backend: 'tfjs-node' },
  opencv: { engine: 'opencv', modelFolder: process.env.FACE_MODELS },
}

const [name = '', workers = '1'] = process.argv.slice(2)

await serveSubject(async (): Promise<Subject> => {
  const options = ENGINES[name]
  if (!options) throw new Error(`There is no engine "${name}".`)
  const log = createLog('bench', 'silent')
  const recogniser = await openRecogniser({ ...options, workers: Number(workers), queue: 1000, log })
  const recognise = async (bytes: Buffer): Promise<Recognition> => {
    const cpuAtStart = process.cpuUsage()
    const described = await recogniser.describe(bytes)
    const cpuMs = cpuMsSince(cpuAtStart)
    // The counter knows only whole processes: what decoding takes of it is measured by decoding once more, alone.
    const cpuDescribed = process.cpuUsage()
    await decode(bytes)
    const decodeCpuMs = cpuMsSince(cpuDescribed)
    const { faces, width, height } = described
    const { decode: decodeSeconds, ...rest } = (described as unknown as Staged).seconds
    return {
      decodeMs: decodeSeconds * 1000,
      restMs: Object.values(rest).reduce((sum, value) => sum + value, 0) * 1000,
      decodeCpuMs,
      restCpuMs: cpuMs - decodeCpuMs,
      faces: faces.map(({ box, descriptor }) => ({
        area: box.width * width * (box.height * height),
        box,
        descriptor,
      })),
    }
  }
  return {
    about: { engine: name, id: recogniser.engine },
    recognise,
    describe: (bytes) => recogniser.describe(bytes),
    close: () => recogniser[Symbol.asyncDispose](),
  }
})
