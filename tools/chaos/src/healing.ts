import type { PlayedFault } from './fault.ts'
import type { Evidence } from './trial.ts'

export interface Healing {
  fault: PlayedFault
  /** Seconds from the end of the fault until work flowed: something sent later was accepted, and something accepted later is final. */
  flows: number | undefined
  /** Seconds from the end of the fault until everything that was open then was final. */
  settled: number | undefined
  /** Another fault was there before work flowed: the seconds are not this fault's alone. */
  overlapped: boolean
}

/**
 * How soon each fault healed; undefined where it never did. A fault of a process that no work passes through has healed when that answers.
 * What ended when nobody sent anything any more cannot be judged, and is left out.
 */
export function healings({
  faults,
  operations,
  rows,
  answers = {},
}: Pick<Evidence, 'faults' | 'operations' | 'rows' | 'answers'>): Healing[] {
  const lastSent = operations.reduce((last, { type, t }) => (type === 'invoke' ? Math.max(last, t) : last), 0)
  return faults
    .filter(({ skipped, endedAt }) => !skipped && endedAt < lastSent)
    .map((fault) => {
      const end = fault.endedAt
      const [, answered] = Object.entries(answers).find(([name]) => fault.target.startsWith(name)) ?? []
      const flowed = answered
        ? answered.find((at) => at > end)
        : latest([firstAccepted(operations, end), firstFinal(rows, end)])
      const open = rows.filter(({ createdAt, finishedAt }) => createdAt <= end && (finishedAt ?? end) >= end)
      const settled = latest([end, ...open.map(({ finishedAt }) => finishedAt ?? undefined)])
      const overlapped = faults.some(
        (other) =>
          other !== fault && other.beganAt < (flowed ?? Number.POSITIVE_INFINITY) && other.endedAt > fault.beganAt,
      )
      return { fault, flows: secondsAfter(end, flowed), settled: secondsAfter(end, settled), overlapped }
    })
}

function secondsAfter(end: number, at: number | undefined): number | undefined {
  return at === undefined ? undefined : (at - end) / 1000
}

function firstAccepted(operations: Evidence['operations'], after: number): number | undefined {
  const waiting = new Set<number>()
  for (const { t, type, process } of operations) {
    if (t <= after) continue
    if (type === 'invoke') waiting.add(process)
    else if (type === 'ok' && waiting.has(process)) return t
    else waiting.delete(process)
  }
  return undefined
}

function firstFinal(rows: Evidence['rows'], after: number): number | undefined {
  const times = rows.flatMap(({ createdAt, finishedAt }) => (finishedAt && createdAt > after ? [finishedAt] : []))
  return times.length > 0 ? times.reduce((least, time) => Math.min(least, time)) : undefined
}

function latest(times: (number | undefined)[]): number | undefined {
  return times.reduce((last, time) => (last === undefined || time === undefined ? undefined : Math.max(last, time)))
}
