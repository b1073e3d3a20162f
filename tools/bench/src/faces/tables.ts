import { type Reading, readingTables } from '../readings.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import type { Accuracy } from './accuracy.ts'
import { accuracyTables } from './accuracy-tables.ts'
import { ONE_WORKER, OURS } from './engines.ts'

/** What was measured of the engines. */
export interface Engines {
  speed: Series
  throughput: Series
  /** Empty without test photos. */
  accuracies: Readonly<Record<string, Accuracy>>
}

const SPEED: Reading[] = [
  {
    title: 'Detect and describe, CPU time',
    reading: 'restCpuMs',
    about: 'CPU milliseconds per photo on one worker, all threads of the process, without decoding.',
  },
  {
    title: 'The same as ratios',
    reading: 'restCpuMs',
    baseline: OURS,
    about: `How many times the CPU time of ${OURS}.`,
  },
  {
    title: 'Decode, CPU time',
    reading: 'decodeCpuMs',
    about: 'CPU milliseconds from the bytes of the JPEG to pixels.',
  },
  {
    title: 'Decode, detect and describe, wall clock',
    reading: 'allMs',
    about: 'Milliseconds per photo, one at a time.',
  },
  { title: 'Faces found', reading: 'faces', about: 'On the photos that are timed.', show: ({ median }) => `${median}` },
]
const PER_SECOND = 'imagesPerSecond'
const THROUGHPUT: Reading[] = [
  {
    title: 'Images per second',
    reading: PER_SECOND,
    about:
      'Decoding included, over the photos above without the largest; engines without workers of their own run as so many processes.',
  },
  {
    title: 'What more workers bring',
    reading: PER_SECOND,
    baseline: ONE_WORKER,
    about: 'Images per second against one worker.',
  },
  {
    title: 'Memory',
    reading: 'residentMegabytes',
    about:
      'Resident megabytes right after that, of all its processes, with MALLOC_ARENA_MAX=2 and MALLOC_TRIM_THRESHOLD_=4000000; ours with NODE_COMPILE_CACHE, from an earlier start.',
  },
]

export function faceTables({ speed, throughput, accuracies }: Engines): Table[] {
  return [
    ...readingTables(speed, 'photo', SPEED),
    ...readingTables(throughput, 'engine', THROUGHPUT),
    ...(Object.keys(accuracies).length > 0 ? accuracyTables(accuracies) : []),
  ]
}
