import { gauge, type Log, PeriodicTask } from '@livepods/service'
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

/** Photos that are not final and messages that wait, measured every few seconds: for metrics, the status page and the redispatcher. */
export class Backlog implements AsyncDisposable {
  readonly #options: BacklogOptions
  readonly #task: PeriodicTask
  /** Milliseconds that the last measurement took. */
  #tookMs = 0
  /** Messages that wait; undefined while the queue does not answer. */
  depth: number | undefined
  /** Undefined while the database does not answer. */
  pending: Pending | undefined

  constructor(options: BacklogOptions) {
    this.#options = options
    this.#task = new PeriodicTask(() => this.#measure(), {
      // To count hundreds of thousands of photos takes a while: at most a twentieth of the time is spent on it.
      everyMs: () => Math.max(options.everyMs ?? 5000, 20 * this.#tookMs),
      jitter: [0.5, 1],
    })
  }

  start(): void {
    this.#task.start()
  }

  async #measure(): Promise<void> {
    const { due, consumer, log } = this.#options
    const begun = performance.now()
    const logFailure = (err: unknown) => void log.debug({ err }, 'backlog not measured')
    ;[this.depth, this.pending] = await Promise.all([
      consumer.depth().catch(logFailure),
      due.pending().catch(logFailure),
    ])
    this.#tookMs = performance.now() - begun
    depth.set(this.depth ?? Number.NaN)
    pending.set(this.pending?.images ?? Number.NaN)
    oldest.set(this.pending?.oldestSeconds ?? Number.NaN)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
