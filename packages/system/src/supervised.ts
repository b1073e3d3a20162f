import { setTimeout as sleep } from 'node:timers/promises'
import type { Started } from './started.ts'

export interface SupervisedOptions {
  name: string
  start: () => Promise<Started>
  /** Told what happens, in a sentence. */
  announce: (sentence: string) => void
  /** Waits before it is started again, in milliseconds: at first, and at most. */
  waits?: { firstMs: number; longestMs: number }
  /** Told of every new process id, and of its end. */
  onProcess?: (pid: number, alive: boolean) => void
}

/** How a process ended, and whether it was asked to. */
export interface Ending {
  pid: number
  at: Date
  /** "exit code 1", "SIGKILL". */
  how: string
  /** The signal of ours that should end it; undefined: it ended on its own. */
  signal: NodeJS.Signals | undefined
}

// These leave a process alive.
const HARMLESS: ReadonlySet<NodeJS.Signals> = new Set(['SIGSTOP', 'SIGCONT'])

const WAITS = { firstMs: 200, longestMs: 5_000 }
const GOOD_AFTER_MS = 10_000

/** A process that is started again when it ends without being asked to, sooner at first and later if it keeps ending. */
export class Supervised {
  readonly name: string
  restarts = 0
  /** It ended because its settings do not fit (exit code 78, EX_CONFIG): the same again would end the same way. */
  misconfigured = false
  /** All ends until now, the oldest first. */
  readonly endings: Ending[] = []
  readonly #options: SupervisedOptions
  readonly #stopping = new AbortController()
  #current: Started | undefined
  #signal: NodeJS.Signals | undefined
  #held: PromiseWithResolvers<void> | undefined
  readonly #waits: { firstMs: number; longestMs: number }
  #waitMs: number
  /** It has been said that it keeps ending: a line each time would hide all others. */
  #isTold = false
  #starting: Promise<void> = Promise.resolve()
  #watching: Promise<void> = Promise.resolve()

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
    this.#waits = options.waits ?? WAITS
    this.#waitMs = this.#waits.firstMs
  }

  get pid(): number | undefined {
    return this.#current?.pid
  }

  /** Rejects when the first start fails; later ones are tried again. Does nothing after `stop`. */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#starting = this.#launch()
    await this.#starting
    this.#watching = this.#watch()
  }

  kill(signal: NodeJS.Signals): void {
    if (!HARMLESS.has(signal)) this.#signal = signal
    this.#current?.kill(signal)
  }

  /** From now on it is not started again when it ends, until `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers()
  }

  /** Starts it, if it ended meanwhile, and again whenever it ends. */
  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Ends the process with SIGTERM, with SIGKILL after `withinMs`, and does not start it again. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort()
    this.release()
    await this.#starting.catch(() => {})
    const current = this.#current
    if (current) {
      this.kill('SIGTERM')
      const timer = setTimeout(() => {
        this.#options.announce(`${this.name} did not end within ${withinMs / 1000} s and is killed`)
        this.kill('SIGKILL')
      }, withinMs)
      await current.exited.finally(() => clearTimeout(timer))
    }
    await this.#watching
  }

  async #launch(): Promise<void> {
    const started = await this.#options.start()
    this.#current = started
    this.#signal = undefined
    this.#options.onProcess?.(started.pid, true)
    if (this.#stopping.signal.aborted) started.kill('SIGTERM')
  }

  async #watch(): Promise<void> {
    const { announce, onProcess } = this.#options
    const { firstMs, longestMs } = this.#waits
    const { signal } = this.#stopping
    for (;;) {
      const current = this.#current
      if (current) {
        const since = performance.now()
        const how = await current.exited
        this.#current = undefined
        onProcess?.(current.pid, false)
        this.endings.push({ pid: current.pid, at: new Date(), how, signal: this.#signal })
        if (signal.aborted) return
        this.misconfigured = how === 'exit code 78'
        if (this.misconfigured)
          return announce(`${this.name} ended because its settings do not fit, and is not started again`)
        if (performance.now() - since > GOOD_AFTER_MS) this.#waitMs = firstMs
        const isLongest = this.#waitMs === longestMs
        if (this.#held) announce(`${this.name} ended (${how}) and is held down`)
        else if (!isLongest || !this.#isTold)
          announce(
            `${this.name} ended (${how}) and starts again in ${this.#waitMs / 1000} s${isLongest ? ', each time' : ''}`,
          )
        this.#isTold = isLongest
      }
      if (this.#held) await this.#held.promise
      else await sleep(this.#waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      this.#waitMs = Math.min(longestMs, this.#waitMs * 2)
      this.restarts++
      await this.#launch().catch((error) => announce(`${this.name} does not start: ${(error as Error).message}`))
    }
  }
}
