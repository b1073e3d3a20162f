export const SENDERS = ['sender', 'sender-2'] as const
export const RELAYS = ['relay', 'relay-2'] as const
export const SINKS = ['sink', 'sink-2'] as const
/** A sink that is there only while there are more or other ones (scaling.ts). */
export const RESERVE = 'sink-3'

export const TARGETS = {
  processes: [...SENDERS, ...RELAYS, ...SINKS, 'database'],
  // A folder has one process at a time.
  rollable: [],
  edges: ['clients→relay', 'clients→relay-2', 'clients→sink', 'clients→sink-2', 'sink→database', 'sink-2→database'],
  disks: [...RELAYS, ...SINKS, 'database'],
} as const
