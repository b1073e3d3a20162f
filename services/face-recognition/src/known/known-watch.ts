import { type Log, PeriodicTask } from '@livepods/service'
import type { Hints } from './known-hints.ts'
import type { KnownPeople } from './known-people.ts'
import { KnownStoreAwayError } from './known-store-away.ts'

export interface KnownWatchOptions {
  known: KnownPeople
  /** Disposed of when the watch ends. */
  hints: Hints
  /** Milliseconds between two scans when nothing hints at a change; more where a scan takes long. */
  everyMs: number
  log: Log
}

/** Milliseconds in which a file must stay as it is to count as whole. */
const SETTLE_MS = 500
/** Hints within so many milliseconds are one scan: a file that is being copied gives hundreds. */
const BREATH_MS = 50
/** The pause before the next scan, in durations of the last one: while files are being copied, and while nothing happens. */
const BUSY_REST = 3
const QUIET_REST = 20

/**
 * Keeps known people up with their store until it is disposed of. The kernel's hints make it quick, polling makes it sure: network
 * volumes announce nothing, and the swap of a ConfigMap's link only some of it.
 */
export async function watchKnownPeople({ known, hints, everyMs, log }: KnownWatchOptions): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  stack.use(hints)
  const scan = async (signal: AbortSignal) => {
    if (!known.unsettled) await hints.next(Math.max(everyMs, known.scanMs * QUIET_REST), signal)
    if (signal.aborted) return
    try {
      await known.scan(signal)
    } catch (error) {
      // That has been logged.
      if (!(error instanceof KnownStoreAwayError)) throw error
    } finally {
      await hints.follow(known.folders)
    }
  }
  await hints.follow(known.folders)
  const task = new PeriodicTask(scan, {
    everyMs: () => Math.max(known.unsettled ? SETTLE_MS : BREATH_MS, known.scanMs * BUSY_REST),
    // What was loaded before still serves; the next scan may succeed.
    onFailure: (error) => log.error({ err: error }, 'scan of known people failed'),
  })
  stack.use(task).start({ waits: true })
  return stack
}
