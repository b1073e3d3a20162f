import { STATUS } from './status.ts'

/** What status and outcome say together; `status` alone has PENDING also for a finished photo on which nobody is known. */
export const STATES = ['pending', 'processing', 'identified', 'unidentified', 'no-face', 'failed'] as const
export type State = (typeof STATES)[number]

/**
 * Conditions on rows of `images`. They begin with the status, which has an index. A row of a kube-cluster-sample processor has no outcome;
 * its PROCESSED and FAILED count as ours do.
 */
export const IN_STATE: Record<State, string> = {
  pending: `status = ${STATUS.PENDING} AND outcome IS NULL`,
  processing: `status = ${STATUS.PROCESSING}`,
  identified: `status = ${STATUS.PROCESSED}`,
  unidentified: `status = ${STATUS.PENDING} AND outcome = 'UNIDENTIFIED'`,
  'no-face': `status = ${STATUS.FAILED} AND outcome = 'NO_FACE'`,
  failed: `status = ${STATUS.FAILED} AND NOT (outcome <=> 'NO_FACE')`,
}

/** The same of a row that was read. */
export function stateOf({ status, outcome }: { status: number; outcome: string | null }): State {
  if (outcome === 'IDENTIFIED') return 'identified'
  if (outcome === 'UNIDENTIFIED') return 'unidentified'
  if (outcome === 'NO_FACE') return 'no-face'
  if (outcome !== null || status === STATUS.FAILED) return 'failed'
  if (status === STATUS.PROCESSED) return 'identified'
  return status === STATUS.PROCESSING ? 'processing' : 'pending'
}
