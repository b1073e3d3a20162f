import { parentPort } from 'node:worker_threads'
import { ImageUnreadableError } from '@livepods/images/open-image'
import { type Compare, compareInJavaScript, type Found, KnownFaces } from '../gallery/known-faces.ts'
import type { SharedGallery } from '../gallery/shared-gallery.ts'
import { release } from '../memory.ts'
import type { DecodeOptions } from './decode.ts'
import type { Staged } from './describe.ts'

/**
 * A picture to describe, or embeddings to compare. With `threshold` the faces of the picture are compared with the known people, too. With
 * `given` its memory is transferred to the worker, not copied. With `lenient` a truncated picture is decoded as far as it goes.
 */
export type Task =
  | { picture: Uint8Array; given?: boolean | undefined; threshold?: number | undefined; lenient?: boolean | undefined }
  | { queries: Float32Array[]; threshold: number }

/** What became of a task; `found` is in the order of the faces. */
export interface Done {
  described?: Staged | undefined
  found?: Found[] | undefined
  /** Seconds that the comparison took. */
  matchSeconds?: number
}

/** Tasks are answered one after the other, each with the last gallery that was sent before it. */
export type ToWorker = { task: Task } | { gallery: SharedGallery } | 'close'
export type FromWorker = 'ready' | { done: Done } | { unreadable: string; cut: boolean } | { failed: Error }

const NOBODY: SharedGallery = { chunks: [], generation: 0, count: 0, error: 0, length: 0 }

export interface Describer {
  describe: (bytes: Uint8Array, options: DecodeOptions) => Promise<Staged>
  compare?: Compare | undefined
  close: () => Promise<void>
}

/** The worker's side: says that it is ready, then answers one task after the other until it is told to close. */
export function serveTasks({ describe, compare: comparison = compareInJavaScript, close }: Describer): void {
  if (!parentPort) throw new Error('This file is started by a WorkerThread.')
  const port = parentPort
  const say = (message: FromWorker) => port.postMessage(message)
  let known = new KnownFaces(NOBODY, comparison)
  const answer = async (task: Task) => {
    // The task uses the gallery of its beginning: a new one may arrive while it runs.
    const faces = known
    try {
      say({ done: await carryOut(task, describe, faces) })
    } catch (error) {
      say(
        error instanceof ImageUnreadableError
          ? { unreadable: error.message, cut: error.cut }
          : { failed: error as Error },
      )
    }
  }
  port.on('message', (message: ToWorker) => {
    if (message === 'close') void close().then(() => port.close())
    else if ('gallery' in message) known = new KnownFaces(message.gallery, comparison)
    else void answer(message.task)
  })
  say('ready')
}

async function carryOut(task: Task, describe: Describer['describe'], known: KnownFaces): Promise<Done> {
  if ('queries' in task) return await compare(known, task.queries, task.threshold)
  const described = await describe(task.picture, { lenient: task.lenient })
  // Handed over or copied: nobody else has it.
  release(new Uint8Array(task.picture.buffer))
  if (task.threshold === undefined) return { described }
  const queries = described.faces.map(({ descriptor }) => descriptor)
  return { described, ...(await compare(known, queries, task.threshold)) }
}

async function compare(known: KnownFaces, queries: Float32Array[], threshold: number): Promise<Done> {
  const begun = performance.now()
  const found = await known.find(queries, threshold)
  return { found, matchSeconds: (performance.now() - begun) / 1000 }
}
