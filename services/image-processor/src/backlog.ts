import { gauge, type Log } from '@livepods/service'
import type { Pending } from './due-store.ts'

export interface BacklogOptions {
  due: { pending(): Promise<Pending> }
  consumer: { depth(): Promise<number> }
  everyMs?: number
  log: Log
}

const oldest = gauge({
  name: 'oldest_pending_age_seconds',
  help: 'How long the oldest photo that is not final has waited.',
})
const pending = gauge({ name: 'images_pending', help: 'Photos that are not final.' })
const depth = gauge({ name: 'queue_depth', help: 'Messages that wait in the channel.' })

/** What is left to do, measured every few seconds: for metrics, for the status page, and for the sweeper. */
export class Backlog implements AsyncDisposable {
  readonly #options: BacklogOptions
  #timer: NodeJS.Timeout | undefined
  #measuring: Promise<void> = Promise.resolve()
  #stopped = false
  /** Messages that wait; undefined while the queue does not say. */
  depth: number | undefined
  /** Undefined while the database does not say. */
  pending: Pending | undefined

  constructor(options: BacklogOptions) {
    this.#options = options
  }

  start(): void {
    const begun = performance.now()
    this.#measuring = this.#measure().finally(() => {
      if (this.#stopped) return
      // A backlog of hundreds of thousands takes a while to count: no more than a twentieth of the time is spent on it.
      const everyMs = Math.max(this.#options.everyMs ?? 5000, 20 * (performance.now() - begun))
      this.#timer = setTimeout(() => this.start(), everyMs * (0.5 + Math.random() / 2))
    })
  }

  async #measure(): Promise<void> {
    const { due, consumer, log } = this.#options
    const unknown = (err: unknown) => void log.debug({ err }, 'backlog not measured')
    ;[this.depth, this.pending] = await Promise.all([consumer.depth().catch(unknown), due.pending().catch(unknown)])
    depth.set(this.depth ?? Number.NaN)
    pending.set(this.pending?.images ?? Number.NaN)
    oldest.set(this.pending?.oldestSeconds ?? Number.NaN)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#measuring
  }
}
