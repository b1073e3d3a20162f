import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@livepods/service'

const EVERY_MS = 30 * 60_000

/** Sweeps at the start and then every half hour, until disposed. Several replicas may do it at once. */
export class Sweeper implements AsyncDisposable {
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  /** @param sweep says how many files it removed. */
  constructor(sweep: () => Promise<number>, log: Log, { everyMs = EVERY_MS } = {}) {
    this.#ended = this.#repeat(sweep, log, everyMs)
  }

  async #repeat(sweep: () => Promise<number>, log: Log, everyMs: number): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const removed = await sweep()
        if (removed > 0) log.info({ removed }, 'files without a photo removed')
      } catch (error) {
        // The next round finds the same files.
        log.warn({ err: error }, 'files without a photo could not be looked for')
      }
      // Rejects when it is disposed: then the loop ends.
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}
