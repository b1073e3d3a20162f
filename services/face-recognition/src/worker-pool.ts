import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, gauge, histogram, type Log } from '@livepods/service'
import type { Staged } from './engine/describe.ts'
import type { EngineOptions } from './engine/engine.ts'
import { JobQueue } from './engine/job-queue.ts'
import { WorkerLost, WorkerThread } from './engine/worker-thread.ts'
import type { Described, DescribeOptions, Recogniser } from './recogniser.ts'

/** As many pictures wait as are allowed to. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

export interface WorkerPoolOptions {
  /** The file that each worker runs, and what it gets as workerData. */
  entry: URL
  data: unknown
  workers: number
  /** The most pictures that wait for a worker. */
  queue: number
  log: Log
}

export interface RecogniserOptions extends EngineOptions {
  /** Threads with an engine each. */
  workers: number
  /** The most pictures that wait for a worker. */
  queue: number
  log: Log
}

/** A pool of workers with that engine; rejects when it cannot be loaded. */
export async function createRecogniser({ engine, backend, ...options }: RecogniserOptions): Promise<WorkerPool> {
  const entry = new URL('./engine/worker.ts', import.meta.url)
  const data: EngineOptions = { engine, backend }
  return await WorkerPool.start({ entry, data, ...options })
}

interface Job extends PromiseWithResolvers<Staged> {
  bytes: Uint8Array
  since: number
}

const seconds = histogram({
  name: 'face_stage_duration_seconds',
  help: 'Time that one picture spends in each stage of recognition.',
  labels: ['stage'],
})
const queued = gauge({ name: 'face_queue_length', help: 'Pictures that wait for a worker.' })
const alive = gauge({ name: 'face_workers_alive', help: 'Workers that can take a picture.' })

/** Spreads pictures over threads with an engine each, so that the event loop stays free. A thread that ends is replaced. */
export class WorkerPool implements Recogniser {
  readonly engine: string
  /** Called when the first worker comes or the last one goes. */
  onAvailable: (available: boolean) => void = () => {}
  readonly #options: WorkerPoolOptions
  readonly #queue = new JobQueue<Job>()
  readonly #lanes: Promise<void>[]
  readonly #stopping = new AbortController()
  #alive = 0
  #busy = 0

  /** Resolves when the first worker is ready, rejects when it cannot start; the others follow. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    return new WorkerPool(options, await WorkerThread.open(options.entry, options.data))
  }

  private constructor(options: WorkerPoolOptions, first: WorkerThread) {
    this.engine = first.engine
    this.#options = options
    this.#lanes = Array.from({ length: options.workers }, (_, i) => this.#lane(i === 0 ? first : undefined))
  }

  get available(): boolean {
    return this.#alive > 0
  }

  report(): object {
    const { workers, queue } = this.#options
    return { engine: this.engine, workers, alive: this.#alive, busy: this.#busy, waiting: this.#queue.length, queue }
  }

  async describe(bytes: Uint8Array, { signal, patient = false }: DescribeOptions = {}): Promise<Described> {
    signal?.throwIfAborted()
    if (this.#queue.closed) throw new WorkerLost('The service is stopping.')
    if (!patient && this.#queue.length >= this.#options.queue)
      throw new QueueFull(`${this.#options.queue} pictures are waiting already: come back in a few seconds.`)
    const job: Job = { bytes, since: performance.now(), ...Promise.withResolvers<Staged>() }
    const giveUp = () => {
      this.#queue.remove(job)
      job.reject(signal?.reason)
      this.#count()
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    this.#queue.put(job)
    this.#count()
    return await job.promise.finally(() => signal?.removeEventListener('abort', giveUp))
  }

  /** Finishes what was accepted, lets every thread close its engine, and waits for all to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#queue.close()
    await Promise.all(this.#lanes)
  }

  /** The life of one place in the pool: a worker, and after its end the next one. */
  async #lane(first: WorkerThread | undefined): Promise<void> {
    let worker = first
    for (let attempt = 0; worker || !this.#stopping.signal.aborted; attempt++) {
      try {
        worker ??= await WorkerThread.open(this.#options.entry, this.#options.data)
        attempt = 0
        await this.#work(worker)
      } catch (error) {
        this.#options.log.error({ err: error }, 'a worker could not start')
      }
      worker = undefined
      // Growing pauses, so that an engine that dies at once does not take all of the CPU.
      const pause = sleep(backoffMs(attempt, { baseMs: 100, maxMs: 10_000 }), undefined, {
        signal: this.#stopping.signal,
      })
      await pause.catch(() => {})
    }
  }

  async #work(worker: WorkerThread): Promise<void> {
    this.#count(+1)
    worker.gone.addEventListener('abort', () => this.#count(-1))
    for (let job = await this.#queue.take(worker.gone); job; job = await this.#queue.take(worker.gone))
      await this.#do(job, worker)
    if (worker.gone.aborted) this.#options.log.error('a worker ended unexpectedly and is replaced')
    else await worker.close()
  }

  async #do(job: Job, worker: WorkerThread): Promise<void> {
    this.#busy++
    this.#count()
    seconds.observe({ stage: 'queue' }, (performance.now() - job.since) / 1000)
    try {
      const described = await worker.describe(job.bytes)
      for (const [stage, value] of Object.entries(described.seconds)) seconds.observe({ stage }, value)
      job.resolve(described)
    } catch (error) {
      job.reject(error)
    }
    this.#busy--
  }

  #count(change: -1 | 0 | 1 = 0): void {
    queued.set(this.#queue.length)
    if (change === 0) return
    const before = this.available
    this.#alive += change
    alive.set(this.#alive)
    if (before !== this.available) this.onAvailable(this.available)
  }
}
