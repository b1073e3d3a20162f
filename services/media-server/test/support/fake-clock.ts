import type { Clock } from '../../src/hub/clock.ts'

/** 2026-01-01. */
const BEGINNING = Date.UTC(2026, 0, 1)

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  #now = 1_000_000
  #waiting: { at: number; work: () => void }[] = []

  now(): number {
    return this.#now
  }

  epoch(): number {
    return BEGINNING + this.#now
  }

  after(ms: number, work: () => void): () => void {
    const entry = { at: this.#now + ms, work }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
    }
  }

  /** Calls what is due on the way, in its order. `advance(0)` ends the turn of the event loop. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
      if (!next) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.work()
    }
    this.#now = end
  }
}
