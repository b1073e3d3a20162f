import { setTimeout as sleep } from 'node:timers/promises'
import type { System } from '@livepods/system'
import { UnavailableError } from '../fault.ts'
import { ownerOfAll, type ReplicaStatus, statuses } from './replica-status.ts'

const POLL_MS = 50
const WITHIN_MS = 120_000

/** Resolves with what `find` makes of the replicas as soon as that is something. Rejects with UnavailableError. */
export async function until<T>(
  what: string,
  { system, signal }: { system: System; signal: AbortSignal },
  find: (all: ReplicaStatus[]) => T | undefined,
): Promise<T> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])
  for (; !deadline.aborted; await sleep(POLL_MS)) {
    const found = find(await statuses(system))
    if (found !== undefined) return found
  }
  throw new UnavailableError(`in vain waited until ${what}`)
}

/** Resolves with the owner when all replicas have the stream and hear each other. */
export async function untilTogether(system: System, signal: AbortSignal): Promise<string> {
  return await until('all replicas have the stream', { system, signal }, ownerOfAll)
}
