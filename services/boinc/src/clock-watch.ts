import type { Task } from '@livepods/boinc'

/** A shorter standstill passes by itself before it matters. */
const SET_BACK_MS = 60_000
/** A task that runs tells its CPU time each second. */
const MOVES_WITHIN_MS = 20_000

/**
 * Finds a client that stands still since the clock of its machine was set back. It may be in a wait that ends at a time of the old clock,
 * which it reaches again in days: until then it answers, but neither computes nor calls anybody (do_io_or_sleep of 7.20).
 */
export class ClockWatch {
  readonly #wallClock: () => number
  /** By how much the wall clock was ahead of the monotonic one at the last look. */
  #ahead: number | undefined
  #setBack: { at: number; computed: string } | undefined

  constructor(wallClock = Date.now) {
    this.#wallClock = wallClock
  }

  /** Whether the client stands still, or computes nothing anyway. To be asked at each look, with all tasks. */
  isStuck(tasks: readonly Pick<Task, 'name' | 'cpuSeconds'>[]): boolean {
    const now = performance.now()
    const ahead = this.#wallClock() - now
    const computed = tasks.map(({ name, cpuSeconds }) => `${name} ${cpuSeconds}`).join()
    if (this.#ahead !== undefined && ahead < this.#ahead - SET_BACK_MS) this.#setBack = { at: now, computed }
    this.#ahead = ahead
    if (this.#setBack?.computed !== computed) this.forget()
    return this.#setBack !== undefined && now > this.#setBack.at + MOVES_WITHIN_MS
  }

  /** Another client runs, which has begun with the clock as it is. */
  forget(): void {
    this.#setBack = undefined
  }
}
