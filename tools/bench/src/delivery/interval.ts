import { setTimeout as sleep } from 'node:timers/promises'
import type { Findings } from '../report.ts'
import { rounded } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import type { Watched } from './watched.ts'

const PLANS = { full: { rounds: 3 }, quick: { rounds: 2 }, tiny: { rounds: 1 } }

/** What it asks and uses while nothing changes. */
export async function interval(watched: Watched, bench: Bench): Promise<Findings> {
  const { rounds } = planOf(bench, PLANS)
  const { intervalSeconds, workloads, repositories, registries } = watched.options
  const before = { heads: watched.heads, cpuMs: watched.server.usage.cpuMs, at: performance.now() }
  // An interval is up to a tenth longer.
  await sleep(intervalSeconds * rounds * 1100, undefined, { signal: bench.signal })
  const { cpuMs, residentMegabytes } = watched.server.usage
  const seconds = (performance.now() - before.at) / 1000
  const found = {
    headsAnInterval: (watched.heads - before.heads) / (seconds / intervalSeconds),
    tokens: watched.tokens,
    residentMegabytes,
    corePercent: (cpuMs - before.cpuMs) / (seconds * 10),
  }
  const row = (name: string, value: number, unit = '') => [name, `${rounded(value)}${unit}`]
  return {
    targets: [
      ...target('HEADs an interval: one a tag, and intervals are up to a tenth shorter', found.headsAnInterval, {
        atMost: Math.ceil(repositories / 0.9),
      }),
      ...target('tokens until they expire', found.tokens, { atMost: repositories }),
      ...target('memory', found.residentMegabytes, { atMost: 150, unit: ' MB' }),
      ...target('of a core, while nothing changes', found.corePercent, { atMost: 1, unit: ' %' }),
    ],
    tables: [
      {
        title: 'While nothing changes',
        about: `${workloads} Deployments of ${repositories} repositories at ${registries} registries, looked at every ${intervalSeconds} s, over ${rounded(seconds)} s.`,
        columns: ['', 'image-watcher'],
        rows: [
          row('HEADs an interval', found.headsAnInterval),
          row('tokens since the start', found.tokens),
          row('resident memory', found.residentMegabytes, ' MB'),
          row('of a core', found.corePercent, ' %'),
        ],
      },
    ],
    data: { interval: found },
  }
}
