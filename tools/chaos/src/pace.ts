import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientOptions } from './trial.ts'

/** Does `operation` again and again until `stopping`, on average every `everyMs`, or one right after the other where they take longer. */
export async function keepPace(
  { everyMs, random, stopping }: Pick<ClientOptions, 'everyMs' | 'random' | 'stopping'>,
  operation: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    const startedAt = performance.now()
    await operation()
    const rest = everyMs * (0.5 + random.next()) - (performance.now() - startedAt)
    if (rest > 0) await sleep(rest, undefined, { signal: stopping }).catch(() => {})
  }
}
