import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { counter, type Log, PeriodicTask } from '@livepods/service'
import type { DueBatch } from './due-store.ts'

export interface RedispatcherOptions {
  due: {
    takeDue(maxAttempts: number): Promise<DueBatch>
    returnDue(ids: string[]): Promise<void>
    markLost(limit: number): Promise<number>
  }
  publisher: { publishMany(topic: string, bodies: Buffer[]): Promise<void>; ping(): Promise<void> }
  maxAttempts: number
  everyMs: number
  /** True while nothing is redispatched: the breaker is open, or many messages wait. */
  isPaused: () => boolean
  /** Messages that wait in the queue already; with more than `belowDepth` no more are added. */
  depth: () => Promise<number>
  belowDepth: number
  log: Log
}

const redispatched = counter({
  name: 'photos_redispatched_total',
  formerName: 'sweeper_republished_total',
  help: 'Photos that were due and that no message announced: their ids were published.',
})
const runs = counter({
  name: 'redispatch_runs_total',
  formerName: 'sweeps_total',
  help: 'Runs of the redispatcher, those while it is paused included.',
})
const expired = counter({
  name: 'images_expired_total',
  help: 'Photos that are EXHAUSTED because the lease of their last attempt expired.',
})

/** A periodic task that publishes the ids of photos that are due and that no message has announced for a while. */
export class Redispatcher implements AsyncDisposable {
  readonly #options: RedispatcherOptions
  readonly #task: PeriodicTask
  /** The queue took the last batch. */
  #queueAnswers = true
  /** The queue may have lost what was published. */
  #queueRestarted = false

  constructor(options: RedispatcherOptions) {
    this.#options = options
    this.#task = new PeriodicTask((signal) => this.#run(signal), {
      everyMs: options.everyMs,
      jitter: [0.5, 1.5],
      onFailure: (error) => options.log.warn({ err: error }, 'redispatch failed'),
    })
  }

  start(): void {
    this.#task.start({ waits: true })
  }

  /** Runs now; when a run is under way, another one follows. */
  runNow(): void {
    this.start()
    this.#task.runNow()
  }

  /** Publishes all due photos again, as far as the queue is below its depth limit: a restarted queue has lost its messages. */
  redispatchAll(): void {
    this.#queueRestarted = true
    this.runNow()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { publisher, isPaused } = this.#options
    runs.inc()
    if (isPaused()) return
    // While it is away, rows must not be marked as published: the longer they wait, the later they would come up again.
    if (!this.#queueAnswers) await publisher.ping()
    this.#queueAnswers = true
    if (this.#queueRestarted) await this.#markLost()
    await this.#publishDue(signal)
  }

  async #markLost(): Promise<void> {
    const { due, depth, belowDepth, log } = this.#options
    const waiting = await depth().catch(() => undefined)
    // While the depth of the queue is unknown, only photos that come up by themselves are published.
    if (waiting === undefined) return
    const images = await due.markLost(belowDepth - waiting)
    this.#queueRestarted = false
    if (images > 0) log.info({ images }, 'queue restarted: due photos are redispatched')
  }

  async #publishDue(signal: AbortSignal): Promise<void> {
    const { due, maxAttempts, isPaused, depth, belowDepth, log } = this.#options
    let capacity: number | undefined
    for (let published = 0; capacity === undefined || published < capacity; ) {
      const { due: ids, expired: gone } = await due.takeDue(maxAttempts)
      if (gone > 0) {
        expired.inc(gone)
        log.warn({ images: gone }, 'photos exhausted: the lease of their last attempt expired')
      }
      if (ids.length + gone === 0) return
      if (ids.length > 0) await this.#publish(ids)
      published += ids.length
      if (signal.aborted || isPaused()) return
      // Asked only when something was due. Without an answer one batch a run is enough.
      capacity ??= belowDepth - (await depth().catch(() => belowDepth))
    }
  }

  async #publish(ids: string[]): Promise<void> {
    const { due, publisher, log } = this.#options
    try {
      await publisher.publishMany(IMAGE_TOPIC, ids.map(encodeImageId))
    } catch (error) {
      this.#queueAnswers = false
      await due.returnDue(ids)
      throw error
    }
    redispatched.inc(ids.length)
    log.debug({ images: ids.length }, 'due photos redispatched')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
