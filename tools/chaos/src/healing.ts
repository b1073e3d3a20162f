import type { Row } from './audit.ts'
import type { PlayedFault } from './fault.ts'
import type { Operation } from './history.ts'

export interface Healing {
  fault: PlayedFault
  /** Seconds from the end of the fault until work flowed again; undefined when it never did. */
  seconds: number | undefined
  /** Another fault was there at the time: the seconds are not this fault's alone. */
  overlapped: boolean
}

/**
 * How soon after each fault work flowed again: something that was sent after its end was accepted, and a photo that was accepted after
 * its end was final. For the page's own faults: the page answered.
 */
export function healings(
  faults: readonly PlayedFault[],
  { operations, rows, pages }: { operations: Operation[]; rows: Row[]; pages: number[] },
): Healing[] {
  return faults
    .filter(({ skipped }) => !skipped)
    .map((fault) => {
      const end = fault.endedAt
      const flowed = fault.target.startsWith('frontend')
        ? pages.find((at) => at > end)
        : latest(firstAccepted(operations, end), firstFinal(rows, end))
      const seconds = flowed === undefined ? undefined : (flowed - end) / 1000
      const overlapped = faults.some(
        (other) =>
          other !== fault && other.beganAt < (flowed ?? Number.POSITIVE_INFINITY) && other.endedAt + 1000 > end,
      )
      return { fault, seconds, overlapped }
    })
}

function firstAccepted(operations: Operation[], after: number): number | undefined {
  const waiting = new Set<number>()
  for (const { t, type, process } of operations) {
    if (t <= after) continue
    if (type === 'invoke') waiting.add(process)
    else if (type === 'ok' && waiting.has(process)) return t
    else waiting.delete(process)
  }
  return undefined
}

function firstFinal(rows: Row[], after: number): number | undefined {
  const times = rows.flatMap(({ createdAt, finishedAt }) => (finishedAt && createdAt > after ? [finishedAt] : []))
  return times.length > 0 ? times.reduce((least, time) => Math.min(least, time)) : undefined
}

function latest(...times: (number | undefined)[]): number | undefined {
  return times.includes(undefined) ? undefined : Math.max(...(times as number[]))
}
