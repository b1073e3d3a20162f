import { setTimeout as sleep } from 'node:timers/promises'
import type { Audit } from './audit.ts'
import { channels } from './nsqd-stats.ts'
import type { Footprint, Observer } from './observer.ts'

// Connections that were closed are gone from both ends a moment later.
const SETTLE_MS = 500

/** True as soon as every photo is final, false once none has become so for `patienceMs`: a slow machine is not a stuck photo. */
export async function allFinal(audit: Pick<Audit, 'progress'>, patienceMs: number): Promise<boolean> {
  let most = 0
  for (let progressAt = performance.now(); performance.now() < progressAt + patienceMs; await sleep(100)) {
    const { photos, final } = await audit.progress().catch(() => ({ photos: 1, final: 0 }))
    if (photos === final) return true
    if (final > most) progressAt = performance.now()
    most = Math.max(most, final)
  }
  return false
}

export async function settledFootprints(observer: Observer): Promise<Footprint[]> {
  await sleep(SETTLE_MS)
  return observer.footprints()
}

/** Messages of nsqd that nobody answered in time, since it was started. */
export async function timedOut(nsqdHttpPort: number): Promise<number> {
  return (await channels(nsqdHttpPort)).reduce((sum, { timeout_count }) => sum + timeout_count, 0)
}
