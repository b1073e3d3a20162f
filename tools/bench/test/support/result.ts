import type { Result } from '../../src/report.ts'

/** A small result with everything in it. */
export const result: Result = {
  suite: 'tea',
  title: 'Cups of tea',
  command: 'pnpm bench tea',
  date: '2026-11-21T09:00:00.000Z',
  revision: '0123456789 and changes',
  machine: {
    cpu: 'Abacus',
    cores: 2,
    simd: ['beads'],
    memoryGigabytes: 8,
    kernel: 'Linux 6.1 x64',
    node: 'v24.0.0',
    loadAtStart: 0.1,
  },
  about: ['Two kinds.'],
  targets: [{ name: 'green', wanted: '≤ 3', reached: '3', holds: true }],
  aboutTargets: 'Sooner is better.',
  tables: [
    { title: 'Time', about: 'In minutes.', columns: ['pot', 'green', 'black|red'], rows: [['small', '3', '5']] },
  ],
  data: { minutes: { green: 3, black: 5 } },
}
