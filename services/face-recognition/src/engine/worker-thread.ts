import { once } from 'node:events'
import { isMarkedAsUntransferable, Worker } from 'node:worker_threads'
import { ImageUnreadableError } from '@livepods/images/open-image'
import type { SharedGallery } from '../gallery/shared-gallery.ts'
import type { Done, FromWorker, Task, ToWorker } from './worker-port.ts'

/** The thread that worked on it is gone, or the service is stopping; the same picture may succeed elsewhere. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError'
  readonly code = 'WORKER_LOST'
}

/** A worker's garbage is short-lived: a larger young generation makes the process larger, not faster. */
const LIMITS = { maxYoungGenerationSizeMb: 2 }

/** The memory to transfer: that of a picture that was given, unless it is a part of Node's shared pool for small buffers. */
function handedOver(task: Task): ArrayBuffer[] {
  if (!('picture' in task) || !task.given) return []
  const { buffer } = task.picture
  return buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer) ? [buffer] : []
}

/** One thread with one engine, that carries out one task at a time. */
export class WorkerThread {
  readonly #worker: Worker
  readonly #gone = new AbortController()
  #task: PromiseWithResolvers<Done> | undefined

  /** Starts `entry`, which calls serveTasks(); rejects with what it threw. */
  static async open(entry: URL, data: unknown): Promise<WorkerThread> {
    const worker = new Worker(entry, { workerData: data, resourceLimits: LIMITS })
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The worker ended with ${code} while it was starting.`)))
    await ready
    return new WorkerThread(worker)
  }

  private constructor(worker: Worker) {
    this.#worker = worker
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('message', (message: FromWorker) => this.#settle(message))
    worker.once('exit', () => {
      this.#gone.abort()
      this.#task?.reject(new WorkerLostError('The worker that looked at the picture ended.', { cause }))
    })
  }

  /** Aborts when the thread has ended, for whatever reason. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Later tasks are compared with these known people. */
  share(gallery: SharedGallery): void {
    this.#say({ gallery })
  }

  async carryOut(task: Task): Promise<Done> {
    if (this.gone.aborted) throw new WorkerLostError('The worker has ended.')
    this.#task = Promise.withResolvers()
    this.#say({ task }, handedOver(task))
    return await this.#task.promise.finally(() => {
      this.#task = undefined
    })
  }

  /** Lets the engine close and the thread end by itself: ending a thread in the middle of native code can take the process with it. */
  async close(): Promise<void> {
    if (this.gone.aborted) return
    const ended = once(this.#worker, 'exit')
    this.#say('close')
    await ended
  }

  #say(message: ToWorker, transferred: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transferred)
  }

  #settle(message: FromWorker): void {
    if (message === 'ready') return
    if ('done' in message) this.#task?.resolve(message.done)
    else if ('unreadable' in message)
      this.#task?.reject(new ImageUnreadableError(message.unreadable, { cut: message.cut }))
    else if ('failed' in message) this.#task?.reject(message.failed)
  }
}
