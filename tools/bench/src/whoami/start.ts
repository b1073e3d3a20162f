import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { Server } from '../server.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { kinds, WHOAMI } from './kinds.ts'

const PLANS = { full: { rounds: 9 }, quick: { rounds: 3 }, tiny: { rounds: 1 } }
const READY = 'until it takes connections'

/** CPU time of a start, with what Node has compiled before. */
export async function start({ compiled }: { compiled: string }, bench: Bench): Promise<Findings> {
  const { rounds } = planOf(bench, PLANS)
  const candidates: Candidate<{ name: string }>[] = (await kinds()).map((kind) => ({
    name: kind.name,
    async measure() {
      await using server = await Server.start(kind, compiled)
      return { cpuSeconds: server.usage.cpuMs / 1000 }
    },
  }))
  return startFindings(await measureRounds(bench, { title: 'start', candidates, rows: [{ name: READY }], rounds }))
}

export function startFindings(series: Series): Findings {
  const reading = 'cpuSeconds'
  const median = series.summary(READY, { candidate: WHOAMI.name, reading })?.median
  return {
    targets: target('CPU time of a start, with the compile cache', median, { atMost: 0.6, unit: ' s' }),
    tables: readingTables(series, 'start', [
      { title: 'CPU time of a start', about: 'Seconds, with the compile cache.', reading },
    ]),
    data: { start: series },
  }
}
