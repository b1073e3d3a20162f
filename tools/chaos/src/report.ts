import type { Fault, PlayedFault } from './fault.ts'
import type { Healing } from './healing.ts'
import type { Judgement } from './judge.ts'
import type { Second } from './observer.ts'

/** Everything that is told of a run; times in milliseconds since 1970 unless a name says seconds. */
export interface Report extends Judgement {
  seed: number
  startedAt: string
  stormBeganAt: number
  /** From the end of the storm until all was final; undefined when that did not happen in time. */
  drainSeconds: number | undefined
  mutation: string | undefined
  schedule: Fault[]
  faults: PlayedFault[]
  seconds: Second[]
  healings: Healing[]
  /** How many ended how: ok, fail, info. */
  operations: Record<string, number>
  /** How many things have which outcome. */
  outcomes: Record<string, number>
  restarts: Record<string, number>
}
