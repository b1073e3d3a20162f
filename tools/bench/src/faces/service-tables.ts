import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rounded } from '../numbers.ts'
import { atMost, type Columns, columnTable, columnTargets } from '../readings.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import type { Summary } from '../statistics.ts'
import { type Target, target } from '../targets.ts'
import { rowOf } from './galleries.ts'
import { FULL_QUEUE } from './pressure.ts'
import { SERVICE } from './watched-service.ts'

const FUZZ = fileURLToPath(new URL('../../../../docs/benchmarks/faces-fuzz.json', import.meta.url))

/** What the fuzz command of the service keeps; see its test/fuzz. */
interface Fuzz {
  date: string
  machine: string
  count: number
  seed: number
  seconds: number
  outcomes: Record<string, number>
  failures: string[]
  hangs: string[]
  slowestMs: number
  rss: { start: number; most: number; after: Record<string, number> }
}

const [SMALL, LARGE] = [rowOf(10_000), rowOf(100_000)]
const RESIDENT = 'residentMegabytes'
const whenFull = (name: string, ms: number) => atMost(FULL_QUEUE, name, ms, ' ms')
const COMMON = { rowName: '', candidate: SERVICE, show: ({ median }: Summary) => rounded(median) }
const PRESSURE: Columns = {
  ...COMMON,
  title: 'Full queue',
  about:
    'The service as a process of its own while both workers look at photos of 12 megapixels and as many wait as may.',
  columns: [
    ['health check, median ms', 'healthMedianMs'],
    ['health check, p99 ms', 'healthP99Ms', whenFull('p99 of a health check while the queue is full', 20)],
    ['event loop late, p99 ms', 'lagP99Ms', whenFull('event-loop lag while the queue is full, p99', 10)],
    ['event loop late, longest ms', 'lagLongestMs'],
  ],
}
const STEADINESS: Columns = {
  ...COMMON,
  title: 'Memory over time',
  about: 'One service while it looks at photos of all five kinds, none twice: the median of what it was after each.',
  columns: [['resident memory, MB', RESIDENT]],
}
const GALLERIES: Columns = {
  ...COMMON,
  title: 'Many known images',
  about:
    'The service with made-up known people, ten images each, against the same without; half of the 8 faces are known. Changes: an image is added, moved and removed.',
  columns: [
    ['start from what was saved, s', 'startSeconds', atMost(SMALL, `start, ${SMALL}`, 2, ' s')],
    ['added memory, MB', 'addedMegabytes', atMost(LARGE, `added memory, ${LARGE}`, 120, ' MB')],
    ['after changes, MB', 'changedMegabytes', atMost(LARGE, `the same after changes, ${LARGE}`, 120, ' MB')],
    ['8 faces matched, ms', 'match8Ms', atMost(LARGE, `8 faces matched, ${LARGE}`, 5, ' ms')],
    ['one face matched, ms', 'match1Ms', atMost(SMALL, `one face matched, ${SMALL}`, 1, ' ms')],
    [
      'longest pause in changes, ms',
      'changePauseMs',
      atMost(LARGE, `longest pause of the event loop in a change, ${LARGE}`, 10, ' ms'),
    ],
  ],
}

/** See the files of these names. */
export interface ServiceSeries {
  pressure: Series
  steadiness: Series
  galleries: Series
}

/** The real service under a full queue, after many photos, with many known images, and with pictures that were made to break it. */
export function serviceTables({ pressure, steadiness, galleries }: ServiceSeries): Table[] {
  return [
    columnTable(pressure, PRESSURE),
    columnTable(steadiness, STEADINESS),
    columnTable(galleries, GALLERIES),
    ...fuzzTable(),
  ]
}

export function serviceTargets({ pressure, steadiness, galleries }: Partial<ServiceSeries>): Target[] {
  return [
    ...columnTargets(pressure, PRESSURE),
    ...(steadiness ? steadinessTarget(steadiness) : []),
    ...columnTargets(galleries, GALLERIES),
  ]
}

/** Of the photos after the first thousand, which fill what stays. */
function steadinessTarget(steadiness: Series): Target[] {
  const [first, ...later] = steadiness.rows
    .slice(1)
    .flatMap((row) => steadiness.summary(row, { candidate: SERVICE, reading: RESIDENT })?.median ?? [])
  if (first === undefined || later.length === 0) return []
  const changes = later.map((megabytes) => 100 * (megabytes / first - 1))
  const most = changes.reduce((one, other) => (Math.abs(other) > Math.abs(one) ? other : one))
  const reached = `${most < 0 ? '−' : '+'} ${rounded(Math.abs(most))} %`
  return target('memory from photo 1000 to 5000', most, { atLeast: -5, atMost: 5, wanted: '± 5 %', reached })
}

/** Empty where nobody has run it. */
function fuzzTable(): Table[] {
  if (!existsSync(FUZZ)) return []
  const { date, machine, count, seed, seconds, ...fuzz } = JSON.parse(readFileSync(FUZZ, 'utf8')) as Fuzz
  return [
    {
      title: 'Fuzz',
      about: `\`pnpm --filter @livepods/face-recognition fuzz\`, ${date.slice(0, 10)}, ${machine}: ${count} mutated pictures (seed ${seed}) through the real service in ${seconds} s.`,
      columns: ['', 'reached'],
      rows: [
        ...Object.entries(fuzz.outcomes).map(([outcome, pictures]) => [outcome, `${pictures}`]),
        ['crashes and failed calls', `${fuzz.failures.length}`],
        ['hangs (30 s)', `${fuzz.hangs.length}`],
        ['slowest picture', `${fuzz.slowestMs} ms`],
        ['resident memory at the start, at most', `${fuzz.rss.start} MB, ${fuzz.rss.most} MB`],
        ...Object.entries(fuzz.rss.after).map(([pictures, megabytes]) => [
          `after ${pictures} pictures`,
          `${megabytes} MB`,
        ]),
      ],
    },
  ]
}
