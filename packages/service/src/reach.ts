import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Log } from './log.ts'

/**
 * Tries to open a dependency until it answers, with a log line for every failure: a service may start before what it needs.
 * Rejects with the signal's reason once the process is asked to stop.
 */
export async function reach<T>(
  dependency: string,
  open: () => Promise<T>,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await open()
    } catch (error) {
      const waitMs = 100 + backoffMs(attempt, { baseMs: 200, maxMs: 5000 })
      log.warn({ dependency, attempt: attempt + 1, waitMs: Math.round(waitMs), err: error }, 'dependency not reachable')
      await sleep(waitMs, undefined, { signal })
    }
  }
}
