import { workerData } from 'node:worker_threads'
import { describe } from './describe.ts'
import type { Engine } from './engine.ts'
import { openFaceApi } from './face-api.ts'
import { serveJobs } from './worker-port.ts'

export type EngineName = 'face-api'

const ENGINES: Record<EngineName, () => Promise<Engine>> = { 'face-api': openFaceApi }

const engine = await ENGINES[workerData as EngineName]()
serveJobs({
  engine: engine.id,
  describe: (bytes) => describe(engine, bytes),
  close: () => engine.close(),
})
