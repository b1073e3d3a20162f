import { type Log, PeriodicTask } from '@livepods/service'

const EVERY_MS = 30 * 60_000

/** Removes orphans at the start and then every half hour, until disposed. Several replicas may do so at the same time. */
export class OrphanCleaner extends PeriodicTask {
  /** @param removeOrphans returns how many files it removed. */
  constructor(removeOrphans: () => Promise<number>, log: Log, { everyMs = EVERY_MS } = {}) {
    const run = async () => {
      const removed = await removeOrphans()
      if (removed > 0) log.info({ removed }, 'orphaned uploads removed')
    }
    // The next run finds the same files.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'failed to remove orphaned uploads')
    super(run, { everyMs, onFailure })
    this.start()
  }
}
