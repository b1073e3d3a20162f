// Makes a worker of the real service end when it gets a picture with the text DIE, and none start while the file MARKER is there; loaded
// with `node --import`.
import { existsSync } from 'node:fs'
import { isMainThread, parentPort } from 'node:worker_threads'
import type { ToWorker } from '../../src/engine/worker-port.ts'

if (!isMainThread && parentPort) {
  if (existsSync(process.env.MARKER ?? '')) throw new Error('No worker may start.')
  parentPort.on('message', (message: ToWorker) => {
    if (message === 'close' || !('task' in message) || !('picture' in message.task)) return
    if (Buffer.from(message.task.picture).includes('DIE')) process.exit(3)
  })
}
