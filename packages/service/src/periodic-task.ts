import { setTimeout as sleep } from 'node:timers/promises'

export interface PeriodicTaskOptions {
  /** Milliseconds from the end of a turn to the next one; a function is asked after every turn. */
  everyMs: number | (() => number)
  /** Each wait is `everyMs` times a random number between these two, so that replicas do not act in step; 1 and 1 unless given. */
  jitter?: readonly [least: number, most: number]
  /** Told why a turn failed, and not again before one has succeeded; absent where a turn cannot fail. The next turn comes all the same. */
  onFailure?: (error: unknown) => void
}

/** Does its work again and again, one turn after the other, until it is stopped. It does not keep the process alive. */
export class PeriodicTask implements AsyncDisposable {
  readonly #work: (signal: AbortSignal) => Promise<void>
  readonly #options: PeriodicTaskOptions
  readonly #stopping = new AbortController()
  #woken = new AbortController()
  #ended: Promise<void> | undefined
  #failing = false

  /** @param work one turn; its signal aborts when it should end early, since the task stops. */
  constructor(work: (signal: AbortSignal) => Promise<void>, options: PeriodicTaskOptions) {
    this.#work = work
    this.#options = options
  }

  /** The first turn comes at once, or, with `waits`, after the usual time. Started twice is started once. */
  start({ waits = false } = {}): void {
    this.#ended ??= this.#repeat(waits)
  }

  /** Ends the wait for the next turn; during a turn another one follows at once. */
  wake(): void {
    this.#woken.abort()
  }

  /** Resolves when the turn under way has ended; none begins after that. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #repeat(waits: boolean): Promise<void> {
    const { signal } = this.#stopping
    if (waits) await this.#wait()
    while (!signal.aborted) {
      this.#woken = new AbortController()
      await this.#turn(signal)
      await this.#wait()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
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
    await sleep(ms, undefined, { signal: this.#woken.signal, ref: false }).catch(() => {})
  }
}
