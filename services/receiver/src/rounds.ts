import { setTimeout as sleep } from 'node:timers/promises'

export interface RoundsOptions {
  everyMs: number
  /** Told why a round failed; the next one comes all the same. */
  failed: (error: unknown) => void
}

/** Goes its round at once and then every so often, one round after the other, until disposed. */
export class Rounds implements AsyncDisposable {
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  /** @param round gets a signal that aborts when it is to end early. */
  constructor(round: (signal: AbortSignal) => Promise<void>, options: RoundsOptions) {
    this.#ended = this.#repeat(round, options)
  }

  async #repeat(round: (signal: AbortSignal) => Promise<void>, { everyMs, failed }: RoundsOptions): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await round(signal).catch(failed)
      // Rejects when it is disposed: then the loop ends.
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}
