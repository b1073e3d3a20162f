import { type Log, postWebhook, type Webhook } from '@livepods/service'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'
import { type Hook, type HookEvent, hookBody } from './hook-body.ts'
import { HookQueue } from './hook-queue.ts'
import { hookCalls } from './metrics.ts'

/** Who is let in when nobody answers: everybody, or nobody. */
export type FailPolicy = 'open' | 'closed'

export interface HooksOptions {
  /** Where each hook is; absent: nobody is asked or told. */
  urls: Partial<Record<Hook, string | undefined>>
  secret: string | undefined
  fail: FailPolicy
  log: Log
  answerWithinMs: number
  backoff?: { baseMs: number; maxMs: number }
}

/** Each has a connection of its own; more at once are as if there was no answer. */
const MAX_ASKED = 1000

/** Asks others who may publish and watch, and tells them who has left. */
export class Hooks implements AsyncDisposable {
  readonly #options: HooksOptions
  readonly #queues: Partial<Record<Hook, HookQueue | undefined>>
  #asked = 0

  constructor(options: HooksOptions) {
    this.#options = options
    this.#queues = { unpublish: this.#queue('unpublish'), stop: this.#queue('stop'), hls: this.#queue('hls') }
  }

  /** Resolves when the answer is 200, or when there is none and they fail open. Rejects with StreamRefusedError. */
  async ask(hook: 'publish' | 'play', event: HookEvent): Promise<void> {
    const { fail, log } = this.#options
    const webhook = this.#webhook(hook)
    if (!webhook) return
    const { name: stream, client } = event.request
    let status: number
    try {
      status = await this.#post(webhook, hookBody(hook, event))
    } catch (error) {
      hookCalls.inc({ hook, result: 'unreachable' })
      log.warn({ hook, stream, client, fail, reason: (error as Error).message }, 'hook gave no answer')
      if (fail === 'open') return
      throw new StreamRefusedError('UNAUTHORIZED', 'Who decides about this gives no answer. Try again later.')
    }
    hookCalls.inc({ hook, result: status === 200 ? 'allowed' : 'refused' })
    if (status === 200) return
    log.info({ hook, stream, client, status }, 'refused by hook')
    throw new StreamRefusedError('UNAUTHORIZED', `You may not ${hook} this stream.`)
  }

  /** Returns at once. */
  tell(hook: 'unpublish' | 'stop', event: HookEvent): void {
    this.#queues[hook]?.add(hookBody(hook, event))
  }

  /** Returns at once. */
  tellSegment(body: object): void {
    this.#queues.hls?.add(body)
  }

  /** Whether anybody is told of segments. */
  get hearsOfSegments(): boolean {
    return this.#queues.hls !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue?.[Symbol.asyncDispose]()))
  }

  async #post(webhook: Webhook, body: object): Promise<number> {
    if (this.#asked >= MAX_ASKED) throw new Error(`${MAX_ASKED} questions have no answer yet`)
    this.#asked++
    try {
      return await postWebhook(webhook, body, AbortSignal.timeout(this.#options.answerWithinMs))
    } finally {
      this.#asked--
    }
  }

  #webhook(hook: Hook): Webhook | undefined {
    const { urls, secret } = this.#options
    const url = urls[hook]
    return url === undefined ? undefined : { url, secret, service: 'media-server' }
  }

  #queue(hook: 'unpublish' | 'stop' | 'hls'): HookQueue | undefined {
    const { log, answerWithinMs, backoff } = this.#options
    const webhook = this.#webhook(hook)
    return webhook && new HookQueue({ hook, webhook, log, answerWithinMs, ...(backoff && { backoff }) })
  }
}
