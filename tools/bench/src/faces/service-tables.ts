import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rounded } from '../matrix.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
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

const GALLERY = {
  'start from what was saved, s': 'startSeconds',
  'added memory, MB': 'addedMegabytes',
  'after changes, MB': 'changedMegabytes',
  '8 faces matched, ms': 'match8Ms',
  'one face matched, ms': 'match1Ms',
  'longest pause in changes, ms': 'changePauseMs',
}
const PRESSURE = {
  'health check, median ms': 'healthMedianMs',
  'health check, p99 ms': 'healthP99Ms',
  'event loop late, p99 ms': 'lagP99Ms',
  'event loop late, longest ms': 'lagLongestMs',
}
const STEADINESS = { 'resident memory, MB': 'residentMegabytes' }

/** See the files of these names. */
export interface ServiceSeries {
  pressure: Series
  steadiness: Series
  galleries: Series
}

/** The real service under a full queue, after many photos, with many known images, and with pictures that were made to break it. */
export function serviceTables({ pressure, steadiness, galleries }: ServiceSeries): Table[] {
  return [
    {
      ...readingTable(pressure, PRESSURE),
      title: 'Full queue',
      about:
        'The service as a process of its own while both workers look at photos of 12 megapixels and as many wait as may.',
    },
    {
      ...readingTable(steadiness, STEADINESS),
      title: 'Memory over time',
      about:
        'One service while it looks at photos of all five kinds, none twice: the median of what it was after each.',
    },
    {
      ...readingTable(galleries, GALLERY),
      title: 'Many known images',
      about:
        'The service with made-up known people, ten images each, against the same without; half of the 8 faces are known. Changes: an image is added, moved and removed.',
    },
    ...fuzzTable(),
  ]
}

function readingTable(series: Series, readings: Record<string, string>): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: ['', ...Object.keys(readings)],
    rows: series.rows.map((row) => [
      row,
      ...Object.values(readings).map((reading) => {
        const summary = series.summary(row, { candidate: SERVICE, reading })
        return summary ? rounded(summary.median) : '–'
      }),
    ]),
  }
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
