import { encodeImageId, IMAGE_TOPIC } from '@livepods/images'
import { counter, type Log, within } from '@livepods/service'
import { Batcher, OverloadedError } from './batcher.ts'

/** Where wake-up calls go: the publisher of the package `queue`. */
export interface Queue {
  publish(topic: string, body: Buffer): Promise<void>
  publishMany(topic: string, bodies: Buffer[]): Promise<void>
}

const CLOSE_WITHIN_MS = 2000

const published = counter({
  name: 'wake_ups_total',
  help: 'Ids for the queue: published, failed, or dropped because too many waited. The sweeper publishes the rest.',
  labels: ['result'],
})

/** Publishes ids of accepted photos, best effort: what does not get through, the sweeper of the image-processor publishes later. */
export class WakeUps implements AsyncDisposable {
  readonly #queue: Queue
  readonly #log: Log
  readonly #batcher: Batcher<string, undefined>
  #failing = false

  constructor(queue: Queue, log: Log, { size = 1000, room = 20_000 } = {}) {
    this.#queue = queue
    this.#log = log
    this.#batcher = new Batcher((ids) => this.#publish(ids), { size, room })
  }

  /** Resolves when the try to publish has ended, well or not; never rejects. */
  async wake(ids: string[]): Promise<void> {
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
      if (this.#failing) this.#log.info('wake-up calls are published again')
      this.#failing = false
    } catch (error) {
      published.inc({ result: 'failed' }, ids.length)
      if (!this.#failing) this.#log.warn({ err: error }, 'wake-up calls are not published; the sweeper will do it')
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
