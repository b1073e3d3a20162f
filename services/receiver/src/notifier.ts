import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { counter, type Log, within } from '@livepods/service'
import { Batcher, OverloadedError } from './batcher.ts'

/** Where the ids are published: the publisher of the package `queue`. */
export interface Queue {
  publish(topic: string, body: Buffer): Promise<void>
  publishMany(topic: string, bodies: Buffer[]): Promise<void>
}

const CLOSE_WITHIN_MS = 2000

const published = counter({
  name: 'notifications_total',
  formerName: 'wake_ups_total',
  help: 'Notifications (photo ids for the queue) by result: published, failed, or dropped because too many waited.',
  labels: ['result'],
  values: ['published', 'failed', 'dropped'],
})

/** Notifies the image-processors of accepted photos, best effort: a photo whose notification is lost is redispatched by them later. */
export class Notifier implements AsyncDisposable {
  readonly #queue: Queue
  readonly #log: Log
  readonly #batcher: Batcher<string, undefined>
  #failing = false

  constructor(queue: Queue, log: Log, { size = 1000, maxWaiting = 20_000 } = {}) {
    this.#queue = queue
    this.#log = log
    this.#batcher = new Batcher((ids) => this.#publish(ids), { size, maxWaiting })
  }

  /** Resolves when the ids are published, or publishing them has failed; never rejects. */
  async notify(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#batcher.add(id).catch((error: unknown) => this.#dropped(error))))
  }

  /** What /status shows. */
  report() {
    return { waiting: this.#batcher.waiting, failing: this.#failing }
  }

  async #publish(ids: string[]): Promise<undefined[]> {
    try {
      const bodies = ids.map(encodeImageId)
      if (bodies.length === 1) await this.#queue.publish(IMAGE_TOPIC, bodies[0] as Buffer)
      else await this.#queue.publishMany(IMAGE_TOPIC, bodies)
      published.inc({ result: 'published' }, ids.length)
      if (this.#failing) this.#log.info('publishing photo ids recovered')
      this.#failing = false
    } catch (error) {
      published.inc({ result: 'failed' }, ids.length)
      if (!this.#failing)
        this.#log.warn({ err: error }, 'failed to publish photo ids; the image-processor will redispatch them')
      this.#failing = true
    }
    return ids.map(() => undefined)
  }

  #dropped(error: unknown): void {
    if (!(error instanceof OverloadedError)) throw error
    published.inc({ result: 'dropped' })
  }

  /** Publishes what waits, for two seconds at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    await within(CLOSE_WITHIN_MS, this.#batcher.idle(), () => {})
  }
}
