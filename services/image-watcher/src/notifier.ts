import { counter, deliverWebhook, type Log } from '@livepods/service'
import type { Change } from './history.ts'

export interface NotifierOptions {
  url: string
  /** Present: each body is signed with it. */
  secret?: string | undefined
  log: Log
  backoff?: { baseMs: number; maxMs: number }
}

const ANSWER_WITHIN_MS = 10_000
/** Tried for about ten minutes. */
const BACKOFF = { baseMs: 1000, maxMs: 60_000 }
/** Of more that wait, the oldest are dropped. */
const MAX_WAITING = 500

const notifications = counter({
  name: 'image_watcher_notifications_total',
  help: 'Changes that NOTIFY_URL was to be told of: sent, refused, dropped (it did not answer, or too many waited).',
  labels: ['result'],
  values: ['sent', 'refused', 'dropped'],
})

/**
 * Tells somebody of each change, in order, as JSON with a `text` for people, which is what Slack shows; signed as webhooks of GitHub are,
 * `x-hub-signature-256: sha256=<hex>`. What waits is lost when the process ends: the workloads themselves say what was done.
 */
export class Notifier implements AsyncDisposable {
  readonly #options: Required<Omit<NotifierOptions, 'secret'>> & Pick<NotifierOptions, 'secret'>
  readonly #waiting: Change[] = []
  readonly #stopping = new AbortController()
  #sending: Promise<void> | undefined

  constructor({ backoff = BACKOFF, ...options }: NotifierOptions) {
    this.#options = { backoff, ...options }
  }

  /** The first sight of a digest is nothing that people have to know. */
  add(change: Change): void {
    if (change.what === 'seen' || this.#stopping.signal.aborted) return
    this.#waiting.push(change)
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift()
      notifications.inc({ result: 'dropped' })
    }
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#sending
  }

  async #send(): Promise<void> {
    for (let change = this.#waiting.shift(); change !== undefined; change = this.#waiting.shift()) {
      const result = await this.#tell(change)
      if (this.#stopping.signal.aborted) return
      notifications.inc({ result })
    }
  }

  async #tell(change: Change): Promise<'sent' | 'refused' | 'dropped'> {
    const { url, secret, log, backoff } = this.#options
    const { signal } = this.#stopping
    const delivery = await deliverWebhook(
      { url, secret, service: 'image-watcher' },
      { text: textOf(change), ...change },
      { signal, answerWithinMs: ANSWER_WITHIN_MS, backoff },
    )
    if (delivery.result !== 'sent' && !signal.aborted)
      log.warn({ workload: change.workload, reason: delivery.reason }, `notification ${delivery.result}`)
    return delivery.result
  }
}

function textOf({ workload, container, what, from, to, why }: Change): string {
  const images = from === to ? to : `${from} → ${to}`
  return `${workload} ${container} ${what}: ${why}\n${images}`
}
