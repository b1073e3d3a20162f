/// <reference path="./opossum.d.ts" />
import { EventEmitter } from 'node:events'
import { counter, gauge, type Log } from '@livepods/service'
import CircuitBreaker from 'opossum'
import { BreakerOpenError } from './breaker-open-error.ts'
import { type BreakerState, History, type Transition } from './history.ts'

export interface BreakerOptions<Args extends unknown[], Result> {
  /** Label of the metrics: what is behind the breaker. */
  name: string
  /** Must settle by itself: the breaker has no deadline of its own. */
  call: (...args: Args) => Promise<Result>
  /** Resolves when the server serves again; must settle by itself. */
  ping: () => Promise<unknown>
  /** True for a fault of the server. Any other error neither counts nor resets the count. */
  isFault: (error: unknown) => boolean
  /** Faults in a row that open the breaker. */
  failures?: number
  pingBaseMs?: number
  pingMaxMs?: number
  /** A shorter one for the wait after this fault, of a call or of a ping, if so. */
  pingMaxMsAfter?: (error: unknown) => number | undefined
  /** Names this process in the history. */
  process?: string
  /** The history goes on with these, of the processes before this one; oldest first. */
  earlier?: readonly Transition[]
  log?: Log
}

const state = gauge({ name: 'breaker_state', help: '0 closed, 1 open.', labels: ['breaker'] })
const transitions = counter({
  name: 'breaker_transitions_total',
  help: 'Openings and closings.',
  labels: ['breaker', 'to'],
})
const rejected = counter({ name: 'breaker_rejected_total', help: 'Calls not made while open.', labels: ['breaker'] })

/** setTimeout's largest delay: opossum must never let a call try whether the server is back, that is what pings are for. */
const NEVER_MS = 2 ** 31 - 1

/**
 * A circuit breaker that opens after `failures` faults in a row and is closed by a ping, never by a call. opossum is the gate; counting
 * is ours, because it counts a rate. Pings start after `pingBaseMs`, double up to `pingMaxMs`, each with 50 to 100 % of that time, so
 * that replicas do not ping in step; the time starts anew only after a call succeeded, so that a server whose ping lies is left alone.
 * Emits `open` and `close`, and before them `transition`.
 */
export class Breaker<Args extends unknown[], Result>
  extends EventEmitter<{ open: []; close: []; transition: [Transition] }>
  implements AsyncDisposable
{
  readonly #options: Required<Omit<BreakerOptions<Args, Result>, 'process' | 'earlier' | 'log'>> & {
    log: Log | undefined
  }
  readonly #circuit: CircuitBreaker<Args, Result>
  readonly #history: History
  #open = false
  #faults = 0
  /** Grows with every transition: the end of a call counts only in the period in which the call began. */
  #period = 0
  #pings = 0
  #timer: NodeJS.Timeout | undefined
  #nextPingAt: Date | undefined
  #pinging: Promise<void> = Promise.resolve()
  #disposed = false

  constructor({ process = '', earlier, log, ...options }: BreakerOptions<Args, Result>) {
    super()
    this.#history = new History(process, earlier)
    this.#options = {
      failures: 5,
      pingBaseMs: 1000,
      pingMaxMs: 60_000,
      pingMaxMsAfter: () => undefined,
      ...options,
      log,
    }
    // A rate sees the first one, too.
    for (const to of ['open', 'closed']) transitions.inc({ breaker: options.name, to }, 0)
    rejected.inc({ breaker: options.name }, 0)
    this.#circuit = new CircuitBreaker(options.call, {
      timeout: false,
      volumeThreshold: Number.MAX_SAFE_INTEGER,
      resetTimeout: NEVER_MS,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    })
    state.set({ breaker: options.name }, 0)
  }

  get state(): BreakerState {
    return this.#open ? 'open' : 'closed'
  }

  /** When the next ping is sent; undefined while closed or while one is under way. */
  get nextPingAt(): Date | undefined {
    return this.#nextPingAt
  }

  /** The last 20 transitions, oldest first. */
  get history(): Transition[] {
    return this.#history.toJSON()
  }

  /** Makes the call; rejects with BreakerOpenError, without calling, while the breaker is open. */
  async fire(...args: Args): Promise<Result> {
    if (this.#open) {
      rejected.inc({ breaker: this.#options.name })
      throw new BreakerOpenError()
    }
    const period = this.#period
    try {
      const result = await this.#circuit.fire(...args)
      if (period === this.#period) this.#faults = this.#pings = 0
      return result
    } catch (error) {
      if (period === this.#period && this.#options.isFault(error)) this.#count(error as Error)
      throw error
    }
  }

  #count(error: Error): void {
    this.#faults += 1
    if (this.#faults < this.#options.failures || this.#disposed) return
    this.#circuit.open()
    this.#become('open', error.message)
    const nextPingAt = this.#schedulePing(error)
    this.#options.log?.warn({ faults: this.#faults, nextPingAt, reason: error.message }, 'breaker opened')
    this.emit('open')
  }

  #schedulePing(fault: unknown): Date {
    const { pingBaseMs, pingMaxMs, pingMaxMsAfter } = this.#options
    const maxMs = Math.min(pingMaxMs, pingMaxMsAfter(fault) ?? pingMaxMs)
    const waitMs = Math.min(maxMs, pingBaseMs * 2 ** Math.min(this.#pings, 30)) * (0.5 + Math.random() / 2)
    this.#pings += 1
    this.#timer = setTimeout(() => {
      this.#pinging = this.#ping()
    }, waitMs)
    this.#nextPingAt = new Date(Date.now() + waitMs)
    return this.#nextPingAt
  }

  async #ping(): Promise<void> {
    this.#nextPingAt = undefined
    try {
      await this.#options.ping()
    } catch (error) {
      if (this.#disposed) return
      const nextPingAt = this.#schedulePing(error)
      this.#options.log?.debug({ nextPingAt, reason: (error as Error).message }, 'ping failed')
      return
    }
    if (this.#disposed) return
    this.#faults = 0
    this.#circuit.close()
    this.#become('closed', 'The server answers again.')
    this.#options.log?.info({ pings: this.#pings }, 'breaker closed')
    this.emit('close')
  }

  #become(to: BreakerState, reason: string): void {
    const breaker = this.#options.name
    this.#period += 1
    this.#open = to === 'open'
    const transition = this.#history.add(to, reason)
    state.set({ breaker }, to === 'open' ? 1 : 0)
    transitions.inc({ breaker, to })
    this.emit('transition', transition)
  }

  /** Ends the pings; `fire` rejects from now on, calls under way end as they would. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    clearTimeout(this.#timer)
    this.#nextPingAt = undefined
    this.#circuit.shutdown()
    await this.#pinging
  }
}
