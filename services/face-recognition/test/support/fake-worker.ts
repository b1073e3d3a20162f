import { workerData } from 'node:worker_threads'
import { ImageUnreadableError } from '@livepods/images'
import { serveTasks } from '../../src/engine/worker-port.ts'

/** What the bytes of a "picture" make a fake worker do. */
export type Command = 'describe' | 'unreadable' | 'fail' | 'die' | 'hold'

const commands: Record<Command, () => void> = {
  describe: () => {},
  unreadable: () => {
    throw new ImageUnreadableError('The picture is broken or cut off.', { cut: true })
  },
  fail: () => {
    throw new Error('the net failed')
  },
  die: () => process.exit(3),
  // Blocks the thread, as a net does, until the test changes the number that it gave.
  hold: () => {
    Atomics.wait(workerData as Int32Array, 0, 0)
  },
}

if (workerData === 'broken') throw new Error('Cannot find module x')

serveTasks({
  describe: async (bytes) => {
    commands[Buffer.from(bytes).toString() as Command]()
    const face = {
      box: { x: 0, y: 0, width: 1, height: 1 },
      score: 1,
      quality: 1,
      descriptor: new Float32Array(128).fill(0.5),
    }
    return { width: 4, height: 3, faces: [face], seconds: { decode: 0, detect: 0, landmarks: 0, descriptors: 0 } }
  },
  close: async () => {},
})
