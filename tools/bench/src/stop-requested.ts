/** Aborts at the first SIGINT or SIGTERM, so that what was started can be ended; the second one is not argued with. */
export class StopRequested implements Disposable {
  readonly #stop = new AbortController()
  readonly #request = (name: NodeJS.Signals) => {
    if (this.#stop.signal.aborted) process.exit(1)
    this.#stop.abort(new Error(`Stopped by ${name}.`))
  }

  constructor() {
    process.on('SIGINT', this.#request).on('SIGTERM', this.#request)
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#request).off('SIGTERM', this.#request)
  }
}
