/** Time as the hub sees it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds of a clock that is never set. */
  now(): number
  /** Milliseconds since 1970, by the machine's clock when the process began: it goes on evenly when that one is set. */
  epoch(): number
  /** Calls `work` once after so many milliseconds; 0: when this turn of the event loop has read what arrived. Returns how to cancel it. */
  after(ms: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => performance.timeOrigin + performance.now(),
  after(ms, work) {
    if (ms === 0) {
      const immediate = setImmediate(work)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}
