import { STATUS } from './status.ts'

/** The values of `images.outcome`, besides NULL: the photo has no outcome yet. */
export const OUTCOMES = [
  'IDENTIFIED',
  'UNIDENTIFIED',
  'NO_FACE',
  'UNREADABLE',
  'MISSING',
  'REFUSED',
  'EXHAUSTED',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** The outcomes of a recognition; EXHAUSTED is that of a photo for which no attempt succeeded. */
export type RecognisedOutcome = Exclude<Outcome, 'EXHAUSTED'>

/** Failures that may be transient: the retry job makes such photos due again, and so does submitting them again. */
export const RETRIABLE_OUTCOMES = ['EXHAUSTED', 'MISSING'] as const satisfies Outcome[]
export type RetriableOutcome = (typeof RETRIABLE_OUTCOMES)[number]

export const isOutcome = (text: string | null): text is Outcome => OUTCOMES.some((outcome) => outcome === text)

/**
 * `images.status` of a photo with this outcome. An unidentified one stays pending with nothing due, as kube-cluster-sample's article has
 * it.
 */
export function statusOf(outcome: Outcome): number {
  if (outcome === 'IDENTIFIED') return STATUS.PROCESSED
  return outcome === 'UNIDENTIFIED' ? STATUS.PENDING : STATUS.FAILED
}
