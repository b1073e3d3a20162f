import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fault, PlayedFault } from './fault.ts'
import type { Healing } from './healing.ts'
import type { Judgement } from './judge.ts'
import type { Second } from './observer.ts'
import { reportPage } from './report-page.ts'

/** Everything that is told of a run; times in milliseconds since 1970 unless a name says seconds. */
export interface Report extends Judgement {
  seed: number
  startedAt: string
  stormBeganAt: number
  /** From the end of the storm until all was final; undefined when that did not happen in time. */
  drainSeconds: number | undefined
  mutation: string | undefined
  schedule: Fault[]
  faults: PlayedFault[]
  seconds: Second[]
  healings: Healing[]
  /** How many ended how: ok, fail, info. */
  operations: Record<string, number>
  /** How many photos have which outcome. */
  outcomes: Record<string, number>
  restarts: Record<string, number>
}

/** Writes report.json and report.html. Returns their paths. */
export async function writeReport(directory: string, report: Report, command: string): Promise<string[]> {
  const [json, html] = [join(directory, 'report.json'), join(directory, 'report.html')]
  await writeFile(json, `${JSON.stringify({ command, ...report }, null, 1)}\n`)
  await writeFile(html, reportPage(report, command))
  return [json, html]
}

export interface HealTimes {
  nemesis: Fault['nemesis']
  count: number
  /** Seconds: median and most. */
  flows: [number, number]
  settled: [number, number]
}

/** Seconds to heal, by nemesis: of faults that no other overlapped, where there are any; infinity for never. */
export function healTimes(healings: readonly Healing[]): HealTimes[] {
  return [...Map.groupBy(healings, ({ fault }) => fault.nemesis)].map(([nemesis, all]) => {
    const alone = all.filter(({ overlapped }) => !overlapped)
    const judged = alone.length > 0 ? alone : all
    const ofAll = (what: 'flows' | 'settled') =>
      medianAndMost(judged.map((healing) => healing[what] ?? Number.POSITIVE_INFINITY))
    return { nemesis, count: judged.length, flows: ofAll('flows'), settled: ofAll('settled') }
  })
}

function medianAndMost(seconds: number[]): [number, number] {
  const sorted = seconds.toSorted((a, b) => a - b)
  return [sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN, sorted.at(-1) ?? Number.NaN]
}
