// Makes the workers of the real service wait before each picture while the file HOLD is there; loaded with `node --import`.
import { existsSync } from 'node:fs'
import { isMainThread, parentPort } from 'node:worker_threads'
import type { ToWorker } from '../../src/engine/worker-port.ts'

const LOOK_EVERY_MS = 10
const nobody = new Int32Array(new SharedArrayBuffer(4))

if (!isMainThread && parentPort)
  parentPort.on('message', (message: ToWorker) => {
    if (message === 'close' || !('task' in message)) return
    while (existsSync(process.env.HOLD ?? '')) Atomics.wait(nobody, 0, 0, LOOK_EVERY_MS)
  })
