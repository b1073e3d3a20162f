import { setTimeout as sleep } from 'node:timers/promises'

/** Does `work` again and again, `everyMs` after its end, until disposed; `work` must not reject. */
export class Ticker implements AsyncDisposable {
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #waiting = new AbortController()

  constructor(work: () => Promise<void>, everyMs: number) {
    this.#ended = this.#run(work, everyMs)
  }

  /** Does not wait for its time: there is something to do now, or again after what is under way. */
  hurry(): void {
    this.#waiting.abort()
  }

  async #run(work: () => Promise<void>, everyMs: number): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#waiting = new AbortController()
      await work()
      const woken = AbortSignal.any([signal, this.#waiting.signal])
      await sleep(everyMs, undefined, { signal: woken }).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}
