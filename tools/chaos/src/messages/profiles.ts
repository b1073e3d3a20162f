import type { Profile } from '../profile.ts'
import { TARGETS } from './targets.ts'

const ALL = [
  'kill',
  'kill',
  'kill',
  'kill-in-sync',
  'kill-in-sync',
  'kill-in-sync',
  'term',
  'stop',
  'stop',
  'away',
  'wrong-order',
  'latency',
  'bandwidth',
  'black-hole',
  'black-hole',
  'reset',
  'half-close',
  'cut',
  'cut',
  'disk-full',
  'disk-full',
] as const

const DEFAULT = {
  title: '5 minutes of storm',
  seconds: 300,
  calmSeconds: 5,
  quietSeconds: 5,
  clients: 9,
  rate: 45,
  overlap: 0.4,
  gap: [2, 8],
  lasts: [2, 15],
  nemeses: ALL,
  apart: { nemeses: ['scale'], gap: [15, 40] },
  patience: 12,
  drainWithin: 90,
  diskMegabytes: 512,
  environments: {},
} satisfies Profile

export const PROFILES = {
  smoke: {
    ...DEFAULT,
    title: '40 s with a fixed seed',
    seconds: 16,
    calmSeconds: 1,
    quietSeconds: 1,
    gap: [0.4, 0.9],
    lasts: [0.5, 1.5],
    apart: undefined,
    // SIGKILL once for each process, and what else fits.
    nemeses: [
      ...TARGETS.processes.map(() => 'kill'),
      'kill-in-sync',
      'kill-in-sync',
      'stop',
      'black-hole',
      'cut',
      'away',
      'disk-full',
    ],
    patience: 3,
    // Ends when all is final; so long a loaded machine may take.
    drainWithin: 180,
    seed: 1,
  },
  default: DEFAULT,
  scale: {
    ...DEFAULT,
    title: 'a minute: other numbers of sinks and relays, and nothing else',
    seconds: 60,
    nemeses: ['scale'],
    apart: undefined,
    lasts: [12, 12],
    oneByOneSeconds: 5,
  },
} satisfies Record<string, Profile>
