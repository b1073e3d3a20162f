import { setTimeout as sleep } from 'node:timers/promises'
import type { Started } from './started.ts'

export interface SupervisedOptions {
  name: string
  start: () => Promise<Started>
  /** Told what happens, in a sentence. */
  announce: (sentence: string) => void
  /** Told of every new process id, and of its end. */
  onProcess?: (pid: number, alive: boolean) => void
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000
const GOOD_AFTER_MS = 10_000

/** A process that is started again when it ends without being asked to, sooner at first and later if it keeps ending. */
export class Supervised {
  readonly name: string
  restarts = 0
  /** It ended because its settings do not fit (exit code 78, EX_CONFIG): the same again would end the same way. */
  misconfigured = false
  readonly #options: SupervisedOptions
  readonly #stopping = new AbortController()
  #current: Started | undefined
  #waitMs = FIRST_WAIT_MS
  #watching: Promise<void> = Promise.resolve()

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#current?.pid
  }

  /** Rejects when the first start fails; later ones are tried again. */
  async start(): Promise<void> {
    await this.#launch()
    this.#watching = this.#watch()
  }

  kill(signal: NodeJS.Signals): void {
    this.#current?.kill(signal)
  }

  /** Ends the process with SIGTERM, with SIGKILL after `withinMs`, and does not start it again. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort()
    const current = this.#current
    if (current) {
      current.kill('SIGTERM')
      const timer = setTimeout(() => {
        this.#options.announce(`${this.name} did not end within ${withinMs / 1000} s and is killed`)
        current.kill('SIGKILL')
      }, withinMs)
      await current.exited.finally(() => clearTimeout(timer))
    }
    await this.#watching
  }

  async #launch(): Promise<void> {
    const started = await this.#options.start()
    this.#current = started
    this.#options.onProcess?.(started.pid, true)
    if (this.#stopping.signal.aborted) started.kill('SIGTERM')
  }

  async #watch(): Promise<void> {
    const { announce, onProcess } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      const current = this.#current
      if (current) {
        const since = performance.now()
        const how = await current.exited
        this.#current = undefined
        onProcess?.(current.pid, false)
        if (signal.aborted) return
        this.misconfigured = how === 'exit code 78'
        if (this.misconfigured)
          return announce(`${this.name} ended because its settings do not fit, and is not started again`)
        if (performance.now() - since > GOOD_AFTER_MS) this.#waitMs = FIRST_WAIT_MS
        announce(`${this.name} ended (${how}) and starts again in ${this.#waitMs / 1000} s`)
      }
      await sleep(this.#waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2)
      this.restarts++
      await this.#launch().catch((error) => announce(`${this.name} does not start: ${(error as Error).message}`))
    }
  }
}
