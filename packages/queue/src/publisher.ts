import { histogram } from '@livepods/service'
import { batches } from './batches.ts'
import { checkName } from './names.ts'
import { NsqHttp } from './nsq-http.ts'

export interface PublisherOptions {
  /** nsqd's HTTP port: http://host:port */
  address: string
  /** Milliseconds until a publish without an answer rejects. */
  deadlineMs?: number
}

/** The publish failed. When `indeterminate`, nsqd did not answer, and the messages may be in the queue all the same. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code = 'PUBLISH_FAILED'
  readonly indeterminate: boolean

  constructor(topic: string, cause: Error & { status?: number }) {
    super(`Publishing to ${topic} failed: ${cause.message}`, { cause })
    this.indeterminate = cause.status === undefined
  }
}

const duration = histogram({
  name: 'queue_publish_duration_seconds',
  help: 'Time from a publish to its answer.',
  labels: ['topic', 'result'],
})

/** Publishes over nsqd's HTTP port: no connection to look after, and a deadline that holds while nsqd is stopped. */
export class Publisher implements AsyncDisposable {
  readonly #address: string
  readonly #http: NsqHttp

  constructor({ address, deadlineMs = 2000 }: PublisherOptions) {
    this.#address = address
    this.#http = new NsqHttp({ deadlineMs })
  }

  /** Rejects with PublishError, and with RangeError for a topic that is no name or an empty body. */
  async publish(topic: string, body: Buffer): Promise<void> {
    if (body.length === 0) throw new RangeError('nsqd takes no empty message.')
    await this.#post('pub', topic, body)
  }

  /** As `publish`, in few requests; one that rejects leaves the requests before it done. */
  async publishMany(topic: string, bodies: readonly Buffer[]): Promise<void> {
    if (bodies.some((body) => body.length === 0)) throw new RangeError('nsqd takes no empty message.')
    for (const batch of batches(bodies)) await this.#post('mpub', topic, batch)
  }

  /** Resolves when nsqd answers. */
  async ping(): Promise<void> {
    await this.#http.check(`${this.#address}/ping`)
  }

  async #post(command: 'pub' | 'mpub', topic: string, body: Buffer): Promise<void> {
    const query = new URLSearchParams({ topic: checkName(topic), ...(command === 'mpub' && { binary: 'true' }) })
    const stopTimer = duration.startTimer({ topic })
    try {
      await this.#http.post(`${this.#address}/${command}?${query}`, body)
      stopTimer({ result: 'ok' })
    } catch (cause) {
      stopTimer({ result: 'error' })
      throw new PublishError(topic, cause as Error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]()
  }
}
