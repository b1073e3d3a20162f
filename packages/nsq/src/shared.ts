import type { Faults } from './faults.ts'
import type { Memory } from './memory.ts'
import type { Settings } from './options.ts'

/** What topics, channels and clients share. */
export interface Shared {
  readonly settings: Settings
  readonly memory: Memory
  readonly faults: Pick<Faults, 'dropAcks' | 'duplicate' | 'refused' | 'refuseSubscriptions' | 'reorder' | 'stall'>
}
