import { workerData } from 'node:worker_threads'
import { describe, warmUp } from './describe.ts'
import type { Engine, EngineOptions } from './engine.ts'
import { openFaceApi } from './face-api.ts'
import { openOnnx } from './onnx.ts'
import { openOpencv } from './opencv.ts'
import { goBehindMainThread } from './priority.ts'
import { serveTasks } from './worker-port.ts'

const options = workerData as EngineOptions
const engine = await open(options)
await warmUp(engine)
goBehindMainThread()

serveTasks({
  describe: (bytes, asked) => describe(engine, bytes, { ...asked, maxFaces: options.maxFaces }),
  compare: engine.compare,
  close: () => engine.close(),
})

async function open(options: EngineOptions): Promise<Engine> {
  switch (options.engine) {
    case 'onnx':
      return await openOnnx(options.models)
    case 'opencv':
      return await openOpencv(options.folder, options.models)
    case 'face-api':
      return await openFaceApi(options.backend)
  }
}
