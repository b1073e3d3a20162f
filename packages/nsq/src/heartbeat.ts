// Timers may fire a little early: that is no missed heartbeat.
const TOLERANCE_MS = 50

/** Calls `beat` at every interval, and `lost` instead when nothing was heard for two of them. */
export class Heartbeat {
  readonly #beat: () => void
  readonly #lost: () => void
  #heardAt = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(beat: () => void, lost: () => void) {
    this.#beat = beat
    this.#lost = lost
  }

  /** Starts over with this interval in milliseconds; 0 = no heartbeats, and nobody is lost. */
  start(intervalMs: number): void {
    clearInterval(this.#timer)
    if (intervalMs === 0) return
    this.#timer = setInterval(() => {
      if (performance.now() - this.#heardAt >= 2 * intervalMs - TOLERANCE_MS) this.#lost()
      else this.#beat()
    }, intervalMs)
  }

  heard(): void {
    this.#heardAt = performance.now()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
