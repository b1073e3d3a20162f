import { deliverWebhook, type Log, type Webhook, within } from '@livepods/service'
import type { Hook } from './hook-body.ts'
import { hookCalls } from './metrics.ts'

export interface HookQueueOptions {
  hook: Hook
  webhook: Webhook
  log: Log
  answerWithinMs: number
  backoff?: { baseMs: number; maxMs: number }
  /** Of more that wait, the oldest are dropped. */
  maxWaiting?: number
}

/** Tried for about five minutes. */
const BACKOFF = { baseMs: 500, maxMs: 30_000 }
/** A server that stops waits for what is still to be told. */
const LAST_MS = 2000
const MAX_WAITING = 10_000

/** Tells a hook what has happened, in order, one at a time; nobody waits for it. */
export class HookQueue implements AsyncDisposable {
  readonly #options: Required<HookQueueOptions>
  readonly #waiting: object[] = []
  readonly #stopping = new AbortController()
  #sending: Promise<void> | undefined
  #isClosed = false

  constructor({ backoff = BACKOFF, maxWaiting = MAX_WAITING, ...options }: HookQueueOptions) {
    this.#options = { backoff, maxWaiting, ...options }
  }

  add(body: object): void {
    const { hook, maxWaiting } = this.#options
    if (!this.#isClosed) this.#waiting.push(body)
    const isTooMany = this.#waiting.length > maxWaiting
    if (isTooMany) this.#waiting.shift()
    if (isTooMany || this.#isClosed) hookCalls.inc({ hook, result: 'dropped' })
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  /** What waits has a moment more; the rest is dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await within(Math.min(this.#options.answerWithinMs, LAST_MS), this.#sending ?? Promise.resolve(), () =>
      this.#stopping.abort(),
    )
    await this.#sending
  }

  async #send(): Promise<void> {
    const { hook, webhook, log, backoff, answerWithinMs } = this.#options
    const { signal } = this.#stopping
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      const delivery = await deliverWebhook(webhook, body, { signal, answerWithinMs, backoff })
      hookCalls.inc({ hook, result: delivery.result === 'sent' ? 'told' : 'dropped' })
      if (delivery.result === 'sent') continue
      const left = signal.aborted ? this.#waiting.splice(0).length : 0
      hookCalls.inc({ hook, result: 'dropped' }, left)
      log.warn({ hook, reason: delivery.reason, dropped: 1 + left }, 'hook not told')
    }
  }
}
