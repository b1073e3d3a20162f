import { parentPort } from 'node:worker_threads'
import { ImageUnreadable } from '@livepods/images'
import type { Staged } from './describe.ts'

export type ToWorker = { job: Uint8Array } | 'close'
export type FromWorker = { engine: string } | { described: Staged } | { unreadable: string } | { failed: Error }

export interface Describer {
  engine: string
  describe: (bytes: Uint8Array) => Promise<Staged>
  close: () => Promise<void>
}

/** The worker's side: says whose descriptors it makes, then answers one job after the other until it is told to close. */
export function serveJobs({ engine, describe, close }: Describer): void {
  if (!parentPort) throw new Error('This file is started by a WorkerThread.')
  const port = parentPort
  const say = (message: FromWorker) => port.postMessage(message)
  const answer = async (message: ToWorker) => {
    if (message === 'close') {
      await close()
      return port.close()
    }
    try {
      say({ described: await describe(message.job) })
    } catch (error) {
      say(error instanceof ImageUnreadable ? { unreadable: error.message } : { failed: error as Error })
    }
  }
  port.on('message', (message: ToWorker) => void answer(message))
  say({ engine })
}
