import type { Profile } from '../profile.ts'
import { PROCESSORS, TARGETS } from './targets.ts'

const STORE = ['store-away', 'store-slow', 'store-lies', 'known-gone'] as const
const ENGINE = ['slow-faces', 'failing-faces'] as const
const ALL = [
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
  ...ENGINE,
] as const

const DEFAULT = {
  title: '5 minutes of storm',
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
  environments: {},
} satisfies Profile

export const PROFILES = {
  /** Everything shorter than in production, so that a storm and its end fit into 40 s. */
  smoke: {
    ...DEFAULT,
    title: '40 s with a fixed seed',
    seconds: 17,
    calmSeconds: 1,
    quietSeconds: 1,
    gap: [0.4, 0.9],
    lasts: [0.5, 1.5],
    // SIGKILL once for each process, and what else fits.
    nemeses: [
      ...TARGETS.processes.map(() => 'kill'),
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
    environments: processors({
      LEASE_SECONDS: '3',
      CALL_WITHIN_SECONDS: '2',
      PING_MAX_SECONDS: '2',
      BACKOFF_MAX_SECONDS: '2',
    }),
    seed: 1,
  },
  default: { ...DEFAULT, apart: { nemeses: STORE, gap: [8, 25] } },
  /** How soon each part heals when nothing else is wrong; the same schedule for every seed. */
  parts: {
    ...DEFAULT,
    title: 'each part dies, hangs and is cut off once, alone, in 13 minutes',
    seconds: 766,
    oneByOneSeconds: 14,
    lasts: [10, 10],
    nemeses: ['kill', 'stop', 'black-hole', 'disk-full', 'kill-sessions', 'deadlock', ...ENGINE, ...STORE],
    seed: 1,
  },
  soak: {
    ...DEFAULT,
    title: '8 hours',
    seconds: 8 * 3600,
    rate: 10,
    gap: [5, 60],
    apart: { nemeses: STORE, gap: [60, 300] },
    lasts: [2, 30],
    diskMegabytes: 4096,
  },
  store: {
    ...DEFAULT,
    title: 'the pictures are away, late, wrong, and the known people gone, in half a minute',
    seconds: 24,
    calmSeconds: 3,
    quietSeconds: 2,
    rate: 20,
    nemeses: [],
    apart: { nemeses: STORE, gap: [1, 2] },
    lasts: [3, 4],
    drainWithin: 40,
    diskMegabytes: 512,
    environments: processors({ PING_MAX_SECONDS: '2', BACKOFF_MAX_SECONDS: '2' }),
    seed: 1,
  },
} satisfies Record<string, Profile>

/** The same settings for every image-processor. */
export function processors(settings: Record<string, string>): Record<string, Record<string, string>> {
  return Object.fromEntries(PROCESSORS.map((name) => [name, settings]))
}
