import { setTimeout as sleep } from 'node:timers/promises'

export interface PeriodicTaskOptions {
  /** Milliseconds from the end of a run to the next one; a function is asked after every run. */
  everyMs: number | (() => number)
  /** Each wait is `everyMs` times a random number between these two, so that replicas do not act in step; 1 and 1 unless given. */
  jitter?: readonly [least: number, most: number]
  /** Told why a run failed, and not again before one has succeeded; absent where a run cannot fail. The next run follows in any case. */
  onFailure?: (error: unknown) => void
}

/** Runs its work periodically, one run after the other, until it is stopped. It does not keep the process alive. */
export class PeriodicTask implements AsyncDisposable {
  readonly #work: (signal: AbortSignal) => Promise<void>
  readonly #options: PeriodicTaskOptions
  readonly #stopping = new AbortController()
  #skipWait = new AbortController()
  #ended: Promise<void> | undefined
  #failing = false

  /** @param work one run; its signal aborts when it should end early, since the task stops. */
  constructor(work: (signal: AbortSignal) => Promise<void>, options: PeriodicTaskOptions) {
    this.#work = work
    this.#options = options
  }

  /** The first run comes at once, or, with `waits`, after the usual time. Started twice is started once. */
  start({ waits = false } = {}): void {
    this.#ended ??= this.#repeat(waits)
  }

  /** Ends the wait for the next run; during a run another one follows at once. */
  runNow(): void {
    this.#skipWait.abort()
  }

  /** Resolves when the run under way has ended; none begins after that. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.runNow()
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #repeat(waits: boolean): Promise<void> {
    const { signal } = this.#stopping
    if (waits) await this.#wait()
    while (!signal.aborted) {
      this.#skipWait = new AbortController()
      await this.#runOnce(signal)
      await this.#wait()
    }
  }

  async #runOnce(signal: AbortSignal): Promise<void> {
    const { onFailure } = this.#options
    try {
      await this.#work(signal)
      this.#failing = false
    } catch (error) {
      // Work that is told to end may reject with just that.
      if (signal.aborted) return
      if (!onFailure) throw error
      if (!this.#failing) onFailure(error)
      this.#failing = true
    }
  }

  async #wait(): Promise<void> {
    const { everyMs, jitter: [least, most] = [1, 1] } = this.#options
    const ms = (typeof everyMs === 'number' ? everyMs : everyMs()) * (least + Math.random() * (most - least))
    await sleep(ms, undefined, { signal: this.#skipWait.signal, ref: false }).catch(() => {})
  }
}
