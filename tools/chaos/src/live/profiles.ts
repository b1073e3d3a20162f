import type { Profile } from '../profile.ts'

const DEFAULT = {
  title: '5 minutes of storm',
  seconds: 300,
  calmSeconds: 5,
  quietSeconds: 5,
  clients: 12,
  // Viewers take what comes.
  rate: 12,
  overlap: 0.3,
  gap: [2, 8],
  lasts: [2, 12],
  nemeses: [
    'kill',
    'kill',
    'kill',
    'roll',
    'roll',
    'stop',
    'stop',
    'term',
    'latency',
    'bandwidth',
    'black-hole',
    'black-hole',
    'reset',
    'reset',
    'half-close',
    'cut',
    'cut',
  ],
  patience: 8,
  drainWithin: 90,
  diskMegabytes: 0,
  environments: {},
} satisfies Profile

export const PROFILES = {
  smoke: {
    ...DEFAULT,
    title: '20 s with a fixed seed',
    seconds: 20,
    calmSeconds: 1,
    quietSeconds: 1,
    clients: 8,
    rate: 8,
    overlap: 0.2,
    gap: [0.5, 1.5],
    lasts: [0.5, 1.5],
    nemeses: ['kill', 'kill', 'roll', 'stop', 'black-hole', 'black-hole', 'reset', 'cut'],
    // Ends when all is over; so long a loaded machine may take.
    drainWithin: 180,
    seed: 1,
  },
  default: DEFAULT,
} satisfies Record<string, Profile>
