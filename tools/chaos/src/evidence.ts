import type { Ending } from '@livepods/system'
import type { Effect, Row } from './audit.ts'
import type { PlayedFault } from './fault.ts'
import type { Operation } from './history.ts'
import type { BreakerSeen, Footprint } from './observer.ts'

/** Everything that the invariants judge. */
export interface Evidence {
  operations: Operation[]
  rows: Row[]
  effects: Effect[]
  /** Ids of photos that were identified and then were not, though nothing asked for a re-match; absent: not looked for. */
  losses?: string[]
  faults: PlayedFault[]
  endings: (Ending & { name: string })[]
  breakers: BreakerSeen[]
  /** Before the storm, and when all was final again. */
  footprints: { calm: Footprint[]; drained: Footprint[] }
  /** Messages that nsqd gave to somebody else because no answer came, and begun ones that a consumer gave back. */
  redelivered: { timedOut: number; cameAgain: number }
}
