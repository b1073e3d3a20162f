/** What can be said of a photo's content. All of them are final until the known people change, or MISSING is retried. */
export type Outcome = 'IDENTIFIED' | 'UNIDENTIFIED' | 'NO_FACE' | 'UNREADABLE' | 'MISSING' | 'REFUSED'

/** The original's numbers, as they stand in `images.status`. */
export const status = { PENDING: 0, PROCESSED: 1, FAILED: 2, PROCESSING: 3 } as const

/** The status of a photo with this outcome. An unidentified one stays pending with nothing due, as the original's article has it. */
export function statusOf(outcome: Outcome): number {
  if (outcome === 'IDENTIFIED') return status.PROCESSED
  return outcome === 'UNIDENTIFIED' ? status.PENDING : status.FAILED
}
