import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats `attempt` until it stops throwing and returns what it returned; after `withinMs` rejects with its last error. */
export async function eventually<T>(
  attempt: () => Promise<T> | T,
  { withinMs = 120_000, everyMs = 20 } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(everyMs)
  }
}
