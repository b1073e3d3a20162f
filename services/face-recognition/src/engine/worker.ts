import { workerData } from 'node:worker_threads'
import { describe, warmUp } from './describe.ts'
import type { EngineOptions } from './engine.ts'
import { openFaceApi } from './face-api.ts'
import { openOnnx } from './onnx.ts'
import { goBehindMainThread } from './priority.ts'
import { serveTasks } from './worker-port.ts'

const { engine: name, backend, maxFaces, models } = workerData as EngineOptions
const engine = name === 'onnx' ? await openOnnx(models) : await openFaceApi(backend)
await warmUp(engine)
goBehindMainThread()

serveTasks({
  describe: (bytes, options) => describe(engine, bytes, { ...options, maxFaces }),
  compare: engine.compare,
  close: () => engine.close(),
})
