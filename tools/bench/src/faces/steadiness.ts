import { readFileSync } from 'node:fs'
import { columnTable } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { rounded, summarise } from '../statistics.ts'
import type { Bench } from '../suite.ts'
import { type Target, target } from '../targets.ts'
import type { Photos } from './speed-photos.ts'
import { OF_SERVICE, SERVICE, WatchedService } from './watched-service.ts'

/** Each row of the table is about `step` photos. */
const PLANS = { full: { step: 1000, steps: 5 }, quick: { step: 10, steps: 2 }, tiny: { step: 5, steps: 2 } }
const RESIDENT = 'residentMegabytes'
/** Both workers have one, and the next one waits already. */
const LANES = 4

/** The real service's resident memory while it recognises photos in turn, none as it was before: the median of what it was after each. */
export async function steadiness({ nobody, photos }: Photos, bench: Bench): Promise<Findings> {
  const { step, steps } = PLANS[bench.size]
  const pictures = photos.map(({ path }) => readFileSync(path))
  await using service = await WatchedService.start(nobody)
  let sent = 0
  const measure = async ({ end }: { end: number }) => {
    const megabytes: number[] = []
    const lane = async () => {
      while (sent < end) {
        const mark = Buffer.alloc(4)
        mark.writeUInt32LE(sent)
        const picture = pictures[sent++ % pictures.length] as Buffer
        await service.identify(Buffer.concat([picture, mark]))
        megabytes.push(service.residentMegabytes)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    return { [RESIDENT]: summarise(megabytes).median }
  }
  const ends = Array.from({ length: steps }, (_, i) => (i + 1) * step)
  const series = await measureRounds(bench, {
    title: 'memory',
    candidates: [{ name: SERVICE, measure }],
    rows: ends.map((end) => ({ name: `photos ${end - step + 1} to ${end}`, end })),
    rounds: 1,
    warmUp: 0,
  })
  return steadinessFindings(series)
}

export function steadinessFindings(steadiness: Series): Findings {
  const table = columnTable(steadiness, {
    ...OF_SERVICE,
    title: 'Memory over time',
    about: 'One service while it looks at photos of all five kinds, none twice: the median of what it was after each.',
    columns: [['resident memory, MB', RESIDENT]],
  })
  return { targets: targetOf(steadiness), tables: [table], data: { steadiness } }
}

/** Of the photos after the first thousand, which fill what stays. */
function targetOf(steadiness: Series): Target[] {
  const [first, ...later] = steadiness.rows
    .slice(1)
    .flatMap((row) => steadiness.summary(row, { candidate: SERVICE, reading: RESIDENT })?.median ?? [])
  if (first === undefined || later.length === 0) return []
  const changes = later.map((megabytes) => 100 * (megabytes / first - 1))
  const most = changes.reduce((one, other) => (Math.abs(other) > Math.abs(one) ? other : one))
  const reached = `${most < 0 ? '−' : '+'} ${rounded(Math.abs(most))} %`
  return target('memory from photo 1000 to 5000', most, { atLeast: -5, atMost: 5, wanted: '± 5 %', reached })
}
