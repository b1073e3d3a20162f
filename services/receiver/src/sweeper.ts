import { type Log, PeriodicTask } from '@livepods/service'

const EVERY_MS = 30 * 60_000

/** Sweeps at the start and then every half hour, until disposed. Several replicas may do it at once. */
export class Sweeper extends PeriodicTask {
  /** @param sweep says how many files it removed. */
  constructor(sweep: () => Promise<number>, log: Log, { everyMs = EVERY_MS } = {}) {
    const round = async () => {
      const removed = await sweep()
      if (removed > 0) log.info({ removed }, 'files without a photo removed')
    }
    // The next round finds the same files.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'files without a photo could not be looked for')
    super(round, { everyMs, onFailure })
    this.start()
  }
}
