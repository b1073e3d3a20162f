import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, type Log, within } from '@livepods/service'
import type { Hook } from './hook-body.ts'
import { hookCalls } from './metrics.ts'
import { type HookTarget, postHook } from './post-hook.ts'

export interface HookQueueOptions {
  hook: Hook
  target: HookTarget
  log: Log
  answerWithinMs: number
  backoff?: { baseMs: number; maxMs: number }
  /** Of more that wait, the oldest are dropped. */
  maxWaiting?: number
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 }
/** Tried for about five minutes. */
const TRIES = 15
/** A server that stops waits for what is still to be told. */
const LAST_MS = 2000
const MAX_WAITING = 10_000
/** Another try may have another answer. */
const PASSING = [408, 425, 429]

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
    const { hook, log } = this.#options
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      const fault = await this.#tell(body)
      hookCalls.inc({ hook, result: fault === undefined ? 'told' : 'dropped' })
      if (fault === undefined) continue
      const left = this.#stopping.signal.aborted ? this.#waiting.splice(0).length : 0
      hookCalls.inc({ hook, result: 'dropped' }, left)
      log.warn({ hook, reason: fault, dropped: 1 + left }, 'hook not told')
    }
  }

  /** Why it could not be told; undefined: it was. */
  async #tell(body: object): Promise<string | undefined> {
    const { target, backoff, answerWithinMs } = this.#options
    const { signal } = this.#stopping
    let fault = 'the server stops'
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await sleep(backoffMs(tries, backoff), undefined, { signal }).catch(() => {})
      if (signal.aborted) return fault
      try {
        const status = await postHook(target, body, AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]))
        if (status >= 200 && status < 300) return undefined
        fault = `it answered ${status}`
        if (status < 500 && !PASSING.includes(status)) return fault
      } catch (error) {
        fault = (error as Error).message
      }
    }
    return fault
  }
}
