import { createRequire } from 'node:module'

type Runtime = typeof import('onnxruntime-node')

/** Numbers row by row, and the length of each axis. */
export interface Input {
  data: Uint8Array | Float32Array
  shape: readonly number[]
}

export interface Session {
  /** Inputs and outputs by their names in the graph. */
  run(inputs: Record<string, Input>): Promise<Record<string, Float32Array>>
  close(): Promise<void>
}

const require = createRequire(import.meta.url)

/** Opens a model on one thread: the one that calls, whose event loop each run blocks. Rejects when the addon cannot be loaded here. */
export async function openSession(model: Uint8Array): Promise<Session> {
  // Required only here, so that a missing addon is an error of this call and not of the whole program.
  const { InferenceSession, Tensor } = require('onnxruntime-node') as Runtime
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const tensorOf = ({ data, shape }: Input) =>
    data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('uint8', data, shape)
  return {
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)] as const)
      const outputs = await session.run(Object.fromEntries(feeds))
      return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]))
    },
    close: () => session.release(),
  }
}
