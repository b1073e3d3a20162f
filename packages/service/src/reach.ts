import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Log } from './log.ts'

/**
 * Retries until a dependency answers: a service may start before its dependencies. The log has a line when the wait begins, and one when it
 * ends; failures in between are logged at debug. Rejects with the signal's reason once the process is asked to stop.
 */
export async function reach<T>(
  dependency: string,
  open: () => Promise<T>,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<T> {
  const begun = performance.now()
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      const opened = await open()
      const seconds = Math.round((performance.now() - begun) / 1000)
      if (attempt > 0) log.info({ dependency, attempts: attempt + 1, seconds }, 'dependency reachable')
      return opened
    } catch (error) {
      const waitMs = 100 + backoffMs(attempt, { baseMs: 200, maxMs: 5000 })
      const { message: reason } = error as Error
      if (attempt === 0) log.warn({ dependency, reason }, 'dependency not reachable; waiting for it')
      else
        log.debug({ dependency, attempt: attempt + 1, waitMs: Math.round(waitMs), reason }, 'dependency not reachable')
      await sleep(waitMs, undefined, { signal })
    }
  }
}
