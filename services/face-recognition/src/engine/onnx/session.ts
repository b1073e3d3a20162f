import { fstatSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { InferenceSession as OrtSession } from 'onnxruntime-node'
import { borrow, release } from '../../memory.ts'

type Runtime = typeof import('onnxruntime-node')

/** Numbers row by row, and the length of each axis. */
export interface Input {
  data: Uint8Array | Int8Array | Float32Array
  shape: readonly number[]
}

export interface Session<Output = Float32Array> {
  /** Inputs and outputs by their names in the graph; each output is new memory, to be released. */
  run(inputs: Record<string, Input>): Promise<Record<string, Output>>
  close(): Promise<void>
}

const require = createRequire(import.meta.url)

/** One thread: the one that calls. */
const OPTIONS: OrtSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 }
/** Errors only: that an optimised model belongs to this machine is what it is for. */
const ERRORS = 3

export interface SessionOptions {
  /** Memory that a run took stays for the next one: right for small inputs, where getting it anew takes as long as the work itself. */
  keepsMemory?: boolean
}

/** As many sessions as there were options. */
type Sessions<Kinds extends readonly SessionOptions[]> = { [Kind in keyof Kinds]: Session }

/** Opens a model, whose memory it takes; each run blocks the event loop. Rejects when the addon cannot be loaded here. */
export async function openSession<Output = Float32Array>(
  model: Uint8Array<ArrayBuffer>,
  { keepsMemory = false }: SessionOptions = {},
): Promise<Session<Output>> {
  const session = await ort().InferenceSession.create(model, { ...OPTIONS, enableCpuMemArena: keepsMemory })
  release(model)
  return sessionOf(session)
}

/** Opens what `optimise` wrote, once for each of `kinds`; all these sessions share one copy of the net's weights. */
export async function openOptimised<const Kinds extends readonly SessionOptions[]>(
  file: number,
  kinds: Kinds,
): Promise<Sessions<Kinds>> {
  const model = new Uint8Array(borrow(fstatSync(file).size))
  for (let at = 0; at < model.length; ) at += readSync(file, model, at, model.length - at, at)
  const inPlace = { use_ort_model_bytes_directly: '1', use_ort_model_bytes_for_initializers: '1' }
  let open = kinds.length
  const opened = kinds.map(async ({ keepsMemory = false }) => {
    // onnxruntime would keep a plan of its memory for each size of input: without them it takes less memory and no more time.
    const memory = { enableCpuMemArena: keepsMemory, enableMemPattern: false }
    const options = { ...OPTIONS, ...memory, extra: { session: inPlace } }
    return sessionOf(await ort().InferenceSession.create(model, options), () => --open === 0 && release(model))
  })
  return (await Promise.all(opened)) as Sessions<Kinds>
}

/** Writes a model as this machine runs it fastest. */
export async function optimise(model: Uint8Array<ArrayBuffer>, path: string): Promise<void> {
  const session = await ort().InferenceSession.create(model, {
    ...OPTIONS,
    logSeverityLevel: ERRORS,
    optimizedModelFilePath: path,
    extra: { session: { save_model_format: 'ORT' } },
  })
  await session.release()
}

/** Required only here, so that a missing addon is an error of this call and not of the whole program. */
function ort(): Runtime {
  return require('onnxruntime-node') as Runtime
}

/** `closed` is called when the session is closed; its closure keeps the memory alive that the session reads until then. */
function sessionOf<Output>(session: OrtSession, closed = () => {}): Session<Output> {
  const { Tensor } = ort()
  const tensorOf = ({ data, shape }: Input) => {
    if (data instanceof Float32Array) return new Tensor('float32', data, shape)
    return data instanceof Int8Array ? new Tensor('int8', data, shape) : new Tensor('uint8', data, shape)
  }
  return {
    run: async (inputs) => {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)]))
      const outputs = await session.run(feeds)
      return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Output]))
    },
    close: async () => {
      await session.release()
      closed()
    },
  }
}
