import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Table } from '../report.ts'

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

/** Pictures that were made to break the service; empty where nobody has sent them. */
export function fuzzTable(): Table[] {
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
        ['hangs (2 min)', `${fuzz.hangs.length}`],
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
