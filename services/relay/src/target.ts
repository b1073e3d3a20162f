import { setTimeout as sleep } from 'node:timers/promises'
import { BatchRefusedError, type Message, type Result, TargetUnavailableError } from '@livepods/messages'
import { backoffMs, gauge, type Log } from '@livepods/service'

/** How messages are given to the sink. */
export interface Protocol extends Disposable {
  /** A result for each. Rejects with TargetUnavailableError, or BatchRefusedError when it may be about one of them. */
  send(messages: readonly Message[]): Promise<Outcome[]>
}

export type Outcome = Result & {
  /** What the sink's answer says to people. */
  text?: string
}

export interface TargetOptions {
  /** Shown. */
  url: string
  protocol: Protocol
  log: Log
  backoff?: { baseMs: number; maxMs: number }
}

/** They are about how the relay asks, not about a message: nothing may be given up for them. */
const MISCONFIGURED = [401, 403, 404, 405, 407, 421]
const MAX_RETRY_AFTER_MS = 300_000
const END_WITHIN_MS = 3000

const up = gauge({ name: 'relay_sink_up', help: '1 while the sink takes messages.' })

/** The sink as the relay sees it: asked again until it answers. */
export class Target {
  readonly #options: Required<TargetOptions>
  #fault: { message: string; status: number | undefined; since: Date } | undefined
  #retryAt: Date | undefined

  constructor({ backoff = { baseMs: 100, maxMs: 30_000 }, ...options }: TargetOptions) {
    this.#options = { backoff, ...options }
    up.set(1)
  }

  /** Whether the last request failed. */
  get isFailing(): boolean {
    return this.#fault !== undefined
  }

  get report() {
    const { message, status, since } = this.#fault ?? {}
    return {
      url: this.#options.url,
      state: this.#fault === undefined ? 'up' : isMisconfigured(status) ? 'paused' : 'down',
      fault: message ?? null,
      since: since?.toISOString() ?? null,
      retryAt: this.#retryAt?.toISOString() ?? null,
    }
  }

  /** A result for each message, after as many attempts as it takes. Rejects when the signal aborts. */
  async send(messages: readonly Message[], signal: AbortSignal): Promise<Outcome[]> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted()
      try {
        const outcomes = await this.#sendOnce(messages, signal)
        this.#succeeded()
        return outcomes
      } catch (error) {
        if (error instanceof BatchRefusedError) return await this.#divide(messages, error, signal)
        if (!(error instanceof TargetUnavailableError)) throw error
        await this.#wait(error, attempt, signal)
      }
    }
  }

  /** A batch under way may still end when the signal aborts; one whose answer is not awaited is sent again by the next process. */
  async #sendOnce(messages: readonly Message[], signal: AbortSignal): Promise<Outcome[]> {
    const { promise: cut, reject } = Promise.withResolvers<never>()
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), END_WITHIN_MS)
    }
    signal.addEventListener('abort', onAbort)
    try {
      return await Promise.race([this.#options.protocol.send(messages), cut])
    } finally {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    }
  }

  async #divide(messages: readonly Message[], refused: BatchRefusedError, signal: AbortSignal): Promise<Outcome[]> {
    this.#succeeded()
    if (messages.length === 1) return [{ result: 'refused', status: refused.status, detail: refused.message }]
    const middle = Math.ceil(messages.length / 2)
    const first = await this.send(messages.slice(0, middle), signal)
    return [...first, ...(await this.send(messages.slice(middle), signal))]
  }

  async #wait(error: TargetUnavailableError, attempt: number, signal: AbortSignal): Promise<void> {
    const { log, url, backoff } = this.#options
    const { message, status, retryAfterMs = 0 } = error
    if (this.#fault?.status !== status || this.#fault === undefined)
      log.warn({ url, fault: message, status }, 'the sink does not take messages; they wait')
    this.#fault = { message, status, since: this.#fault?.since ?? new Date() }
    up.set(0)
    const ms = Math.max(backoffMs(attempt, backoff), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
    this.#retryAt = new Date(Date.now() + ms)
    await sleep(ms, undefined, { signal })
  }

  #succeeded(): void {
    if (this.#fault) this.#options.log.info({ url: this.#options.url }, 'the sink takes messages again')
    this.#fault = undefined
    this.#retryAt = undefined
    up.set(1)
  }
}

function isMisconfigured(status = 0): boolean {
  return MISCONFIGURED.includes(status) || (status >= 300 && status < 400)
}
