/**
 * Milliseconds to wait before try number `attempt` (0 = the first repetition): a random part of base · 2^attempt, at most `maxMs`.
 * Full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): clients that fail together do not return together.
 */
export function backoffMs(attempt: number, { baseMs, maxMs }: { baseMs: number; maxMs: number }): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
}
