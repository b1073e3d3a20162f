import type { Evidence, Invariant } from './trial.ts'

export interface Verdict {
  id: string
  title: string
  /** Undefined: it does not apply to this run. */
  violations: string[] | undefined
}

export interface Judgement {
  lost: number
  twice: number
  stuck: number
  verdicts: Verdict[]
  holds: boolean
}

const COUNTED = ['lost', 'twice', 'stuck'] as const

/** Holds the evidence against every invariant. */
export function judge<E extends Evidence>(invariants: readonly Invariant<E>[], evidence: E): Judgement {
  const counts = { lost: 0, twice: 0, stuck: 0 }
  const verdicts = invariants.map((invariant) => {
    const counted = COUNTED.flatMap((what) => {
      const found = invariant[what]?.(evidence) ?? []
      counts[what] += found.length
      return found
    })
    const others = invariant.wrong ? invariant.wrong(evidence) : []
    return { id: invariant.id, title: invariant.title, violations: others && [...counted, ...others] }
  })
  const holds = verdicts.every(({ violations }) => !violations || violations.length === 0)
  return { ...counts, verdicts, holds }
}
