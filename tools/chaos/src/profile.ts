/** How long and how hard. */
export interface Profile {
  /** For the usage: what it is, with its length. */
  title: string
  /** Seconds of the storm. */
  seconds: number
  /** Seconds of work without faults before it. */
  calmSeconds: number
  /** Seconds at the end of the storm in which no fault begins. */
  quietSeconds: number
  clients: number
  /** Operations a second of all clients together. */
  rate: number
  /** Share of faults that begin while the one before is still there. */
  overlap: number
  /** Seconds from the begin of the fault before, or from the end of all, at least and at most. */
  gap: readonly [number, number]
  /** Seconds that a fault lasts, at least and at most. */
  lasts: readonly [number, number]
  /** By name, in the order of their likelihood: each comes once before one comes again. */
  nemeses: readonly string[]
  /** Faults besides, with a gap from the end of one to the next, drawn apart: those of the seed stay what they are without. */
  apart?: { nemeses: readonly string[]; gap: readonly [number, number] } | undefined
  /** Seconds that a client waits for an answer. */
  patience: number
  /** So many seconds after the storm, clients give up, and things of which not one becomes final for so long are stuck. */
  drainWithin: number
  /** MB of each small disk. */
  diskMegabytes: number
  /** Settings of processes that differ from production's. */
  environments: Readonly<Record<string, Record<string, string>>>
  seed?: number
  /** Instead of drawing: each nemesis comes once to each of its targets, alone, with so many seconds in between. */
  oneByOneSeconds?: number
}
