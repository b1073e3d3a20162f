import { setTimeout as sleep } from 'node:timers/promises'

/** Does `work` again and again, `everyMs` after its end, until disposed; `work` must not reject. */
export class Ticker implements AsyncDisposable {
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  constructor(work: () => Promise<void>, everyMs: number) {
    this.#ended = this.#run(work, everyMs)
  }

  async #run(work: () => Promise<void>, everyMs: number): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await work()
      await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}
