import { fileURLToPath } from 'node:url'
import { PeerProcess } from '../peer-process.ts'
import type { SubjectOperations } from './subject.ts'

export type SubjectProcess = PeerProcess<SubjectOperations>

/** One engine as it can be started. */
export interface FaceEngine {
  name: string
  /** What the columns with this name show. */
  about: string
  /** Starts it on so many cores: one process with that many threads, or that many processes. */
  start(workers: number): Promise<SubjectProcess[]>
}

/** The column that everyone is compared with. */
export const OURS = 'onnx'
export const OPENCV = 'opencv'
export const DOCUMENTED = 'face-api as documented'
export const WASM = 'face-api on WASM'
export const PYTHON = 'Python default'
export const PYTHON_LARGE = 'Python large'

const LIBRARIES = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '4000000',
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
}

/**
 * All engines that may take part; whether one can, start() tells. Those of the service keep compiled code in that folder, as they do where
 * they are deployed.
 */
export function faceEngines(python: string | undefined, compiled: string): FaceEngine[] {
  const service = (name: string, about: string, backend: string): FaceEngine => ({
    name,
    about,
    start: async (workers) => {
      const open = async () =>
        await PeerProcess.start<SubjectOperations>({
          command: process.execPath,
          args: [here('./service-subject.ts'), backend, `${workers}`],
          env: { ...LIBRARIES, NODE_COMPILE_CACHE: compiled },
        })
      // What the first start leaves behind, the second one finds: that is how the service runs but for once.
      await (await open())[Symbol.asyncDispose]()
      return [await open()]
    },
  })
  return [
    service(OURS, 'this project, FACE_ENGINE=onnx', 'onnx'),
    service(OPENCV, 'this project, FACE_ENGINE=opencv: YuNet and SFace', 'opencv'),
    service(WASM, 'this project, FACE_ENGINE=face-api on WASM: the same pipeline around those nets', 'wasm'),
    service('face-api on tfjs-node', 'the same on tfjs-node, whose threads are its own', 'tfjs-node'),
    {
      name: DOCUMENTED,
      about: '@vladmandic/face-api on WASM, used as its documentation shows',
      start: processes(process.execPath, [here('./documented-subject.ts')]),
    },
    ...(python === undefined ? [] : pythonEngines(python)),
  ]
}

function pythonEngines(python: string): FaceEngine[] {
  const variant = (name: string, about: string, argument: string) => ({
    name,
    about: `Python face_recognition (dlib, OpenBLAS, one thread), ${about}`,
    start: processes(python, [here('./peer.py'), argument]),
  })
  return [
    variant(PYTHON, 'as it comes', 'default'),
    variant(PYTHON_LARGE, '`model="large"`', 'large'),
    variant('Python, no upsampling', '`number_of_times_to_upsample=0`', 'no-upsampling'),
  ]
}

function processes(command: string, args: string[]): FaceEngine['start'] {
  return async (workers) => {
    const start = () => PeerProcess.start<SubjectOperations>({ command, args, env: LIBRARIES })
    return await Promise.all(Array.from({ length: workers }, start))
  }
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
