import { type Log, PeriodicTask } from '@livepods/service'
import type { Hints } from './known-hints.ts'
import type { KnownPeople } from './known-people.ts'
import { KnownStoreAwayError } from './known-store-away.ts'

export interface KnownWatchOptions {
  known: KnownPeople
  /** Disposed of when the watch ends. */
  hints: Hints
  /** Milliseconds between two looks when nothing hints at a change; more where a look takes long. */
  everyMs: number
  log: Log
}

/** Milliseconds in which a file must stay as it is to count as whole. */
const SETTLE_MS = 500
/** Hints within so many milliseconds are one look: a file that is being copied gives hundreds. */
const BREATH_MS = 50
/** So many times as long as the last look took, the next one waits: while files are being copied, and while nothing happens. */
const BUSY_REST = 3
const QUIET_REST = 20

/**
 * Keeps known people up with their store until it is disposed of. The kernel's hints make it quick, polling makes it sure: network
 * volumes announce nothing, and the swap of a ConfigMap's link only some of it.
 */
export async function watchKnownPeople({ known, hints, everyMs, log }: KnownWatchOptions): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  stack.use(hints)
  const look = async (signal: AbortSignal) => {
    if (!known.unsettled) await hints.next(Math.max(everyMs, known.lookMs * QUIET_REST), signal)
    if (signal.aborted) return
    try {
      await known.look(signal)
    } catch (error) {
      // That has been logged.
      if (!(error instanceof KnownStoreAwayError)) throw error
    } finally {
      await hints.follow(known.folders)
    }
  }
  await hints.follow(known.folders)
  const task = new PeriodicTask(look, {
    everyMs: () => Math.max(known.unsettled ? SETTLE_MS : BREATH_MS, known.lookMs * BUSY_REST),
    // What was loaded before still serves; the next look may succeed.
    onFailure: (error) => log.error({ err: error }, 'scan of known people failed'),
  })
  stack.use(task).start({ waits: true })
  return stack
}
