import { setTimeout as sleep } from 'node:timers/promises'
import { type DecodeCost, decodeCost, ImageUnreadableError, sniff } from '@livepods/images'
import { backoffMs, counter, gauge, histogram, type Log } from '@livepods/service'
import type { Gallery } from '../gallery/gallery.ts'
import { GalleryRows } from '../gallery/gallery-rows.ts'
import type { Matched, Matcher } from '../gallery/matcher.ts'
import { DecodeBudget } from './decode-budget.ts'
import type { Staged } from './describe.ts'
import type { Backend, EngineName, EngineOptions } from './engine.ts'
import { engineId } from './engine-id.ts'
import { JobQueue } from './job-queue.ts'
import { openModelFiles } from './onnx/model-files.ts'
import { MODEL_FOLDER, readModels } from './opencv/model-folder.ts'
import type { Described, DescribeOptions, Recogniser } from './recogniser.ts'
import type { Done, Task } from './worker-port.ts'
import { WorkerLostError, WorkerThread } from './worker-thread.ts'

/** As many pictures wait as are allowed to. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'
  readonly code = 'QUEUE_FULL'
}

/** Nothing is wrong with the picture or with the server: there is more to do than can be done now. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  readonly code = 'BUSY'
}

/** A worker is still looking at the picture; what it finds is remembered. */
export class RecognitionTimeoutError extends Error {
  override readonly name = 'RecognitionTimeoutError'
  readonly code = 'RECOGNITION_TIMEOUT'
}

export interface WorkerPoolOptions {
  /** Whose embeddings the workers make. */
  engine: string
  /** The file that each worker runs, and what it gets as workerData. */
  entry: URL
  data: Promise<unknown>
  workers: number
  /** The most pictures that wait for a worker. */
  queue: number
  log: Log
  /** What decoding a picture takes, where that can be known. */
  costOf?: (picture: Uint8Array) => Promise<DecodeCost | undefined>
  /** Called when all workers have ended. */
  onClosed?: (() => Promise<void>) | undefined
}

export interface RecogniserOptions {
  engine: EngineName
  /** Only for opencv: where its nets lie; by default where the command `models` puts them. */
  modelFolder?: string | undefined
  /** Only for face-api; by default tfjs-node where its addon loads, else WASM. */
  backend?: Backend | undefined
  /** The most faces of one picture that are described. */
  maxFaces?: number | undefined
  /** Threads with an engine each. */
  workers: number
  /** The most pictures that wait for a worker. */
  queue: number
  log: Log
}

/** A pool of workers with that engine, which is being loaded: `started` says when that is done, or why it cannot be. */
export async function createRecogniser({
  engine,
  modelFolder: folder = MODEL_FOLDER,
  backend,
  maxFaces,
  ...options
}: RecogniserOptions): Promise<WorkerPool> {
  const entry = new URL('./worker.ts', import.meta.url)
  const made = { engine: await engineId(engine), entry, costOf: costOfPicture }
  if (engine === 'face-api') {
    const data: EngineOptions = { engine, backend, maxFaces }
    return new WorkerPool({ ...made, data: Promise.resolve(data), ...options })
  }
  // Since 1.29 onnxruntime tells its makers about models and machine unless this is set; it looks at the process, not at a worker's copy.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const folderOfOpencv = engine === 'opencv' ? folder : undefined
  // What is wrong with the folder is to be told, not worked around.
  const usable = folderOfOpencv === undefined ? Promise.resolve() : readModels(folderOfOpencv)
  const models = usable.then(() =>
    openModelFiles(folderOfOpencv).catch((error) => {
      options.log.warn({ err: error }, 'the workers cannot share the nets: each loads its own, 100 MB more')
    }),
  )
  const data = models.then((made): EngineOptions => ({ engine, maxFaces, folder, models: made?.files }))
  const onClosed = async () => await (await models.catch(() => undefined))?.close()
  return new WorkerPool({ ...made, data, ...options, onClosed })
}

/** The same, once its first worker is ready; rejects, and leaves nothing behind, when that cannot start. */
export async function openRecogniser(options: RecogniserOptions): Promise<WorkerPool> {
  const pool = await createRecogniser(options)
  try {
    await pool.started
    return pool
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
}

export interface WorkerReport extends Record<'workers' | 'alive' | 'busy' | 'waiting' | 'queue', number> {
  engine: string
}

interface Job {
  task: Task
  cost: DecodeCost | undefined
  patient: boolean
  since: number
  key: string | undefined
  /** Whoever asked for it and has not given up. */
  callers: Set<PromiseWithResolvers<Answer>>
  /** Told of the result when all callers have given up. */
  late: ((described: Described) => void) | undefined
}

type Asked = DescribeOptions & { cost?: DecodeCost | undefined }

/** What a worker did, and the known people of the moment when it began. */
type Answer = Done & { gallery: Gallery }

const seconds = histogram({
  name: 'face_stage_duration_seconds',
  help: 'Time that one picture spends in each stage of recognition.',
  labels: ['stage'],
})
const queued = gauge({ name: 'face_queue_length', help: 'Pictures that wait for a worker.' })
const unseen = counter({
  name: 'face_pictures_incomplete_total',
  help: 'Pictures with faces that may be missing in the answer: the bounds of one picture were reached, or there are more faces than MAX_FACES.',
  labels: ['reason'],
  values: ['bounds', 'max_faces'],
})
const alive = gauge({ name: 'face_workers_alive', help: 'Workers that can take a picture.' })

/** Spreads pictures over threads with an engine each, so that the event loop stays free. A thread that ends is replaced. */
export class WorkerPool implements Recogniser, Matcher {
  readonly engine: string
  /** Resolves when the first worker is ready, rejects when it cannot start; the others follow. What is asked before waits. */
  readonly started: Promise<void>
  /** Called when the first worker comes or the last one goes. */
  onAvailable: (available: boolean) => void = () => {}
  readonly #options: WorkerPoolOptions
  readonly #budget = new DecodeBudget<Job>(() => this.#workers.size)
  readonly #queue = new JobQueue<Job>(this.#budget)
  /** Those with a key that wait or are worked on. */
  readonly #jobs = new Map<string, Job>()
  readonly #lanes: Promise<void>[]
  readonly #stopping = new AbortController()
  readonly #workers = new Set<WorkerThread>()
  #gallery: Gallery
  #busy = 0

  constructor(options: WorkerPoolOptions) {
    this.engine = options.engine
    this.#options = options
    this.#gallery = new GalleryRows(options.engine).gallery()
    const first = this.#open()
    this.started = first.then(() => {})
    // Whoever asks is told; until then it is not an error that nobody caught.
    this.started.catch(() => {})
    this.#lanes = Array.from({ length: options.workers }, async (_, i) => {
      const worker = await first.catch(() => undefined)
      if (worker) await this.#lane(i === 0 ? worker : undefined)
    })
  }

  /** Why no picture is taken now, if so. */
  get full(): QueueFullError | undefined {
    if (this.#queue.length < this.#options.queue) return undefined
    return new QueueFullError(`${this.#options.queue} pictures are waiting already: come back in a few seconds.`)
  }

  get available(): boolean {
    return this.#workers.size > 0
  }

  report(): WorkerReport {
    const { workers, queue } = this.#options
    return {
      engine: this.engine,
      workers,
      alive: this.#workers.size,
      busy: this.#busy,
      waiting: this.#queue.length,
      queue,
    }
  }

  /** From now on faces are compared with these known people. */
  share(gallery: Gallery): void {
    this.#gallery = gallery
    for (const worker of this.#workers) worker.share(gallery.shared)
  }

  async describe(
    picture: Uint8Array,
    { threshold, given, lenient, ...options }: DescribeOptions = {},
  ): Promise<Described> {
    options.signal?.throwIfAborted()
    const cost = this.#options.costOf && (await this.#options.costOf(picture))
    const { generation } = this.#gallery
    const answer = await this.#ask({ picture, given, threshold, lenient }, { ...options, cost })
    // A job that was joined may have begun with the known people of before.
    const found = answer.gallery.generation < generation ? undefined : answer.found
    return { ...(answer.described as Staged), matched: found && answer.gallery.matched(found) }
  }

  /** Throws QueueFullError or WorkerLostError. */
  async match(descriptors: Float32Array[], threshold: number): Promise<Matched> {
    // Copied, since a view takes all of its memory along to another thread.
    const queries = descriptors.map((descriptor) => descriptor.slice())
    const { gallery, found = [] } = await this.#ask({ queries, threshold })
    return gallery.matched(found)
  }

  async #ask(task: Task, options: Asked = {}): Promise<Answer> {
    const { signal, withinMs, key = '', joined } = options
    signal?.throwIfAborted()
    if (this.#queue.closed) throw new WorkerLostError('The service is stopping.')
    const running = this.#jobs.get(key)
    if (running) joined?.()
    const job = running ?? this.#put(task, options)
    const caller = Promise.withResolvers<Answer>()
    job.callers.add(caller)
    const leave = (reason: (isBegun: boolean) => unknown) => caller.reject(reason(this.#leave(job, caller)))
    const giveUp = () => leave(() => signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
    const timer = withinMs === undefined ? undefined : setTimeout(() => leave(tooLate), withinMs)
    return await caller.promise.finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    })
  }

  #put(task: Task, { patient = false, late, cost, key }: Asked): Job {
    const { full } = this
    if (full && !patient) throw full
    if (cost?.isCostly && !patient) this.#refuseCostly()
    const job: Job = { task, cost, patient, late, key, since: performance.now(), callers: new Set() }
    if (key !== undefined) this.#jobs.set(key, job)
    this.#queue.put(job)
    this.#report()
    return job
  }

  /** As many costly pictures may wait as can be decoded at once. Further ones would wait long: their clients are to come back. */
  #refuseCostly(): void {
    const waiting = this.#queue.waiting.filter(({ cost, patient }) => cost?.isCostly && !patient).length
    if (waiting < this.#budget.lanes) return
    throw new BusyError('Other pictures that take long to decode are waiting already: come back in a few seconds.')
  }

  /** Takes the caller off the job, and a job without callers off the queue, unless it has begun; says whether it has. */
  #leave(job: Job, caller: PromiseWithResolvers<Answer>): boolean {
    job.callers.delete(caller)
    const isBegun = !this.#queue.waiting.includes(job)
    if (!isBegun && job.callers.size === 0) {
      this.#queue.remove(job)
      this.#forget(job)
      this.#report()
    }
    return isBegun
  }

  #forget({ key }: Job): void {
    if (key !== undefined) this.#jobs.delete(key)
  }

  /** Finishes what was accepted, lets every thread close its engine, and waits for all to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#queue.close()
    await Promise.all(this.#lanes)
    // A pool that closes before its first worker was ready has jobs left.
    for (const job of this.#queue.drain()) rejectAll(job, new WorkerLostError('The service is stopping.'))
    await this.#options.onClosed?.()
  }

  async #open(): Promise<WorkerThread> {
    return await WorkerThread.open(this.#options.entry, await this.#options.data)
  }

  /** Runs one worker and replaces it when it ends, until the pool closes. */
  async #lane(first: WorkerThread | undefined): Promise<void> {
    let worker = first
    for (let attempt = 0; worker || !this.#stopping.signal.aborted; attempt++) {
      try {
        worker ??= await this.#open()
        attempt = 0
        await this.#work(worker)
      } catch (error) {
        this.#options.log.error({ err: error }, 'worker failed to start')
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
    worker.share(this.#gallery.shared)
    this.#join(worker)
    for (let job = await this.#queue.take(worker.gone); job; job = await this.#queue.take(worker.gone))
      await this.#do(job, worker)
    if (worker.gone.aborted) this.#options.log.error('worker crashed; restarting it')
    else await worker.close()
  }

  #join(worker: WorkerThread): void {
    this.#workers.add(worker)
    if (this.#workers.size === 1) this.onAvailable(true)
    worker.gone.addEventListener('abort', () => {
      this.#workers.delete(worker)
      this.#report()
      if (!this.available) this.onAvailable(false)
    })
    this.#report()
  }

  async #do(job: Job, worker: WorkerThread): Promise<void> {
    this.#busy++
    this.#report()
    seconds.observe({ stage: 'queue' }, (performance.now() - job.since) / 1000)
    // What the worker was told last is what it compares with.
    const gallery = this.#gallery
    try {
      const done = await worker.carryOut(job.task)
      const stages = {
        ...done.described?.seconds,
        ...(done.matchSeconds !== undefined && { match: done.matchSeconds }),
      }
      for (const [stage, value] of Object.entries(stages)) seconds.observe({ stage }, value)
      if (done.described?.incomplete) unseen.inc({ reason: 'bounds' })
      if (done.described?.moreFaces) unseen.inc({ reason: 'max_faces' })
      if (job.callers.size === 0 && done.described) job.late?.(done.described)
      for (const caller of job.callers) caller.resolve({ ...done, gallery })
    } catch (error) {
      rejectAll(job, error)
    }
    this.#forget(job)
    this.#busy--
    this.#budget.ended(job)
    this.#queue.wake()
  }

  #report(): void {
    queued.set(this.#queue.length)
    alive.set(this.#workers.size)
  }
}

/** Undefined where the header does not say: then decoding fails at once, and says why. */
async function costOfPicture(picture: Uint8Array): Promise<DecodeCost | undefined> {
  const bytes = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength)
  const format = sniff(bytes)
  if (!format || format === 'heic') return undefined
  try {
    return await decodeCost(bytes, format)
  } catch (error) {
    if (error instanceof ImageUnreadableError) return undefined
    throw error
  }
}

function rejectAll({ callers }: Job, error: unknown): void {
  for (const caller of callers) caller.reject(error)
}

function tooLate(isBegun: boolean): Error {
  if (isBegun) return new RecognitionTimeoutError('The picture could not be looked at in time; ask for it again soon.')
  return new BusyError('The picture has waited for too long: come back in a few seconds.')
}
