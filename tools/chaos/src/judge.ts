import type { Evidence } from './evidence.ts'
import * as invariants from './invariants.ts'

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

/** Holds the evidence against every invariant. */
export function judge(evidence: Evidence): Judgement {
  const lost = invariants.nothingLost(evidence)
  const stuck = invariants.nothingStuck(evidence)
  const twice = invariants.oneEffectEach(evidence)
  const verdicts: Verdict[] = [
    { id: 'I1', title: 'Whatever was accepted is final', violations: [...lost, ...stuck] },
    {
      id: 'I2',
      title: 'Each photo becomes final once',
      violations: [...twice, ...invariants.everyEffectSeen(evidence)],
    },
    { id: 'I3', title: 'No row that no client sent', violations: invariants.nothingInvented(evidence) },
    { id: 'I4', title: 'The same path and the same key have one id', violations: invariants.oneIdEach(evidence) },
    { id: 'I5', title: 'At most five attempts', violations: invariants.fewAttempts(evidence) },
    {
      id: 'I6',
      title: 'The right outcome, with a person exactly when processed',
      violations: invariants.rightOutcome(evidence),
    },
    {
      id: 'I7',
      title: 'Breakers open and close in turns, and pause consumption',
      violations: invariants.breakerLegal(evidence),
    },
    { id: 'I8', title: 'Rolling restarts are not noticed', violations: invariants.gracefulIsUnseen(evidence) },
    { id: 'I9', title: 'No process ends on its own', violations: invariants.nobodyQuits(evidence) },
    { id: 'I10', title: 'Memory and open files stay flat', violations: invariants.staysSmall(evidence) },
    {
      id: 'I11',
      title: 'Nobody who is known becomes unknown',
      violations: invariants.identificationsStay(evidence),
    },
  ]
  const holds = verdicts.every(({ violations }) => !violations || violations.length === 0)
  return { lost: lost.length, twice: twice.length, stuck: stuck.length, verdicts, holds }
}
