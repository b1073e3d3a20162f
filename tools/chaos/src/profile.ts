import type { Nemesis } from './fault.ts'

/** How long and how hard. */
export interface Profile {
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
  gap: [number, number]
  /** Seconds that a fault lasts, at least and at most. */
  lasts: [number, number]
  /** In the order of their likelihood: each comes once before one comes again. */
  nemeses: readonly Nemesis[]
  /** Seconds from the end of one fault of the store to the next, at least and at most, whatever else happens; absent: there are none. */
  storeGap?: [number, number]
  /** Seconds that a client waits for an answer. */
  patience: number
  /** So many seconds after the storm, clients give up, and photos of which not one becomes final for so long are stuck. */
  drainWithin: number
  /** MB of the small disk that the database gets where that is possible. */
  diskMegabytes: number
  /** Settings of image-processors that differ from production's. */
  processor: Record<string, string>
  seed?: number
  /** Instead of drawing: every part dies, hangs and is cut off once, with so many seconds in between. */
  oneByOneSeconds?: number
}

const ALL: readonly Nemesis[] = [
  'kill',
  'kill',
  'kill',
  'term',
  'stop',
  'stop',
  'roll',
  'wrong-order',
  'latency',
  'bandwidth',
  'black-hole',
  'black-hole',
  'reset',
  'half-close',
  'cut',
  'cut',
  'kill-sessions',
  'deadlock',
  'duplicates',
  'disk-full',
  'slow-faces',
  'failing-faces',
]

const DEFAULT: Profile = {
  seconds: 300,
  calmSeconds: 5,
  quietSeconds: 5,
  clients: 12,
  rate: 40,
  overlap: 0.4,
  gap: [2, 8],
  lasts: [2, 15],
  nemeses: ALL,
  patience: 12,
  drainWithin: 60,
  diskMegabytes: 1024,
  processor: {},
}

export const PROFILES = {
  /** Everything shorter than in production, so that a storm and its end fit into 40 s. */
  smoke: {
    ...DEFAULT,
    seconds: 17,
    calmSeconds: 1,
    quietSeconds: 1,
    gap: [0.4, 0.9],
    lasts: [0.5, 1.5],
    // SIGKILL once for each process, and what else fits.
    nemeses: [
      ...Array.from({ length: 7 }, () => 'kill' as const),
      'stop',
      'black-hole',
      'cut',
      'reset',
      'kill-sessions',
      'duplicates',
      'failing-faces',
    ],
    patience: 3,
    // Ends when all is final; so long a loaded machine may take.
    drainWithin: 180,
    diskMegabytes: 512,
    processor: { LEASE_SECONDS: '3', CALL_WITHIN_SECONDS: '2', PING_MAX_SECONDS: '2', BACKOFF_MAX_SECONDS: '2' },
    seed: 1,
  },
  default: { ...DEFAULT, storeGap: [8, 25] },
  /** How soon each part heals when nothing else is wrong; the same schedule for every seed. */
  parts: { ...DEFAULT, seconds: 766, oneByOneSeconds: 14, lasts: [10, 10], seed: 1 },
  soak: {
    ...DEFAULT,
    seconds: 8 * 3600,
    rate: 10,
    gap: [5, 60],
    storeGap: [60, 300],
    lasts: [2, 30],
    diskMegabytes: 4096,
  },
  /** The store of pictures only: away, slow, lying, and without the known people. */
  store: {
    ...DEFAULT,
    seconds: 24,
    calmSeconds: 3,
    quietSeconds: 2,
    rate: 20,
    nemeses: [],
    storeGap: [1, 2],
    lasts: [3, 4],
    drainWithin: 40,
    diskMegabytes: 512,
    processor: { PING_MAX_SECONDS: '2', BACKOFF_MAX_SECONDS: '2' },
    seed: 1,
  },
} satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES
