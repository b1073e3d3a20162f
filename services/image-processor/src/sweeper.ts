import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { counter, type Log, PeriodicTask } from '@livepods/service'
import type { Swept } from './due-store.ts'

export interface SweeperOptions {
  due: {
    sweep(maxAttempts: number): Promise<Swept>
    unsweep(ids: string[]): Promise<void>
    rouse(limit: number): Promise<number>
  }
  publisher: { publishMany(topic: string, bodies: Buffer[]): Promise<void>; ping(): Promise<void> }
  maxAttempts: number
  everyMs: number
  /** True while waking photos would not help. */
  resting: () => boolean
  /** Messages that wait in the queue already; with more than `belowDepth` no more are added. */
  depth: () => Promise<number>
  belowDepth: number
  log: Log
}

const republished = counter({ name: 'sweeper_republished_total', help: 'Ids published because they were due.' })
const sweeps = counter({ name: 'sweeps_total', help: 'How often due photos were looked for, or it was not worth it.' })
const expired = counter({ name: 'images_expired_total', help: 'Photos whose last worker vanished.' })

/** Publishes, again and again, the ids of photos that are due and that no message has announced for a while. */
export class Sweeper implements AsyncDisposable {
  readonly #options: SweeperOptions
  readonly #task: PeriodicTask
  /** Whether the queue took the last batch. */
  #queueAnswers = true
  /** Whether the queue may have lost what was published. */
  #queueForgot = false

  constructor(options: SweeperOptions) {
    this.#options = options
    this.#task = new PeriodicTask((signal) => this.#sweep(signal), {
      everyMs: options.everyMs,
      jitter: [0.5, 1.5],
      onFailure: (error) => options.log.warn({ err: error }, 'sweep failed'),
    })
  }

  start(): void {
    this.#task.start({ waits: true })
  }

  /** Sweeps now; when a sweep is under way, another one follows. */
  wake(): void {
    this.start()
    this.#task.wake()
  }

  /** Publishes what is due once more, as far as the queue has room: it may have lost what it had. */
  repeat(): void {
    this.#queueForgot = true
    this.wake()
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { publisher, resting } = this.#options
    sweeps.inc()
    if (resting()) return
    // While it is away, rows must not be marked as published: the longer they wait, the later they would come up again.
    if (!this.#queueAnswers) await publisher.ping()
    this.#queueAnswers = true
    if (this.#queueForgot) await this.#rouse()
    await this.#publishDue(signal)
  }

  async #rouse(): Promise<void> {
    const { due, depth, belowDepth, log } = this.#options
    const waiting = await depth().catch(() => undefined)
    // Until somebody says how much room there is, only what comes up by itself is published.
    if (waiting === undefined) return
    const images = await due.rouse(belowDepth - waiting)
    this.#queueForgot = false
    if (images > 0) log.info({ images }, 'the queue is new or back: what is due is published once more')
  }

  async #publishDue(signal: AbortSignal): Promise<void> {
    const { due, maxAttempts, resting, depth, belowDepth, log } = this.#options
    let room: number | undefined
    for (let published = 0; room === undefined || published < room; ) {
      const { due: ids, expired: gone } = await due.sweep(maxAttempts)
      if (gone > 0) {
        expired.inc(gone)
        log.warn({ images: gone }, 'images exhausted: their last worker vanished')
      }
      if (ids.length + gone === 0) return
      if (ids.length > 0) await this.#publish(ids)
      published += ids.length
      if (signal.aborted || resting()) return
      // Asked only when something was due, and where nobody answers one batch a sweep is enough.
      room ??= belowDepth - (await depth().catch(() => belowDepth))
    }
  }

  async #publish(ids: string[]): Promise<void> {
    const { due, publisher, log } = this.#options
    try {
      await publisher.publishMany(IMAGE_TOPIC, ids.map(encodeImageId))
    } catch (error) {
      this.#queueAnswers = false
      await due.unsweep(ids)
      throw error
    }
    republished.inc(ids.length)
    log.debug({ images: ids.length }, 'due images published')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
