import type { Fill } from './fill.ts'

/** How much of everything is measured. */
export interface Plan {
  accept: { rounds: number; warmUp: number; forMs: number; connections: number[]; batches: number[] }
  /** Without real photos the real recogniser is left out. */
  throughput: { rounds: number; warmUp: number; stubPhotos: number; realPhotos: number }
  latency: { rounds: number; warmUp: number; forMs: number }
  sweep: { rounds: number; warmUp: number; sweeps: number; fills: Fill[] }
  overload: { backlog: number; latencyMs: number; postsPerSecond: number; windows: number; forMs: number }
}

const fills = (finished: number[], pending: number): Fill[] => [
  ...finished.map((rows): Fill => ({ rows, state: 'finished' })),
  { rows: pending, state: 'pending, not due' },
]

/** What counts, in about ten minutes. */
export const FULL: Plan = {
  accept: { rounds: 5, warmUp: 1, forMs: 2000, connections: [1, 16, 128], batches: [100, 1000, 10_000] },
  throughput: { rounds: 3, warmUp: 1, stubPhotos: 3000, realPhotos: 48 },
  latency: { rounds: 5, warmUp: 1, forMs: 4000 },
  sweep: { rounds: 9, warmUp: 1, sweeps: 200, fills: fills([0, 10_000, 1_000_000], 100_000) },
  overload: { backlog: 100_000, latencyMs: 100, postsPerSecond: 100, windows: 15, forMs: 10_000 },
}

/** Does everything work? In a minute or two. */
export const QUICK: Plan = {
  accept: { rounds: 1, warmUp: 1, forMs: 700, connections: [1, 16, 128], batches: [1000, 10_000] },
  throughput: { rounds: 1, warmUp: 1, stubPhotos: 500, realPhotos: 12 },
  latency: { rounds: 1, warmUp: 1, forMs: 1500 },
  sweep: { rounds: 3, warmUp: 1, sweeps: 50, fills: fills([0, 10_000], 10_000) },
  overload: { backlog: 10_000, latencyMs: 100, postsPerSecond: 100, windows: 2, forMs: 3000 },
}

/** The smallest of everything, for the tests of the suite itself. */
export const TINY: Plan = {
  accept: { rounds: 1, warmUp: 0, forMs: 100, connections: [4], batches: [1000] },
  throughput: { rounds: 1, warmUp: 0, stubPhotos: 20, realPhotos: 0 },
  latency: { rounds: 1, warmUp: 0, forMs: 300 },
  sweep: { rounds: 1, warmUp: 0, sweeps: 5, fills: fills([0, 2000], 1000) },
  overload: { backlog: 300, latencyMs: 20, postsPerSecond: 50, windows: 1, forMs: 500 },
}
