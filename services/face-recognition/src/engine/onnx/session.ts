import { createRequire } from 'node:module'

type Runtime = typeof import('onnxruntime-node')

export interface Session {
  /** `pictures` of width × height × 3 bytes each; the outputs by name, in one array each. */
  run(pictures: readonly Uint8Array[], width: number, height: number): Promise<Record<string, Float32Array>>
  close(): Promise<void>
}

const require = createRequire(import.meta.url)

/** Opens a model whose input is `image`, uint8 [N, height, width, 3], on one thread: the one that calls, whose event loop it blocks. */
export async function openSession(model: Uint8Array): Promise<Session> {
  // Required only here, so that a missing addon is an error of this call and not of the whole program.
  const { InferenceSession, Tensor } = require('onnxruntime-node') as Runtime
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  return {
    run: async (pictures, width, height) => {
      const [only] = pictures
      const data = pictures.length === 1 && only ? only : Buffer.concat(pictures)
      const image = new Tensor('uint8', data, [pictures.length, height, width, 3])
      const outputs = await session.run({ image })
      return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]))
    },
    close: () => session.release(),
  }
}
