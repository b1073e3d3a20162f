import type { Fault } from './fault.ts'
import type { Healing } from './healing.ts'

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
