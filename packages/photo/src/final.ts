/**
 * A condition on rows of `images`: somebody has said what became of the photo, and nothing is due. It may become due again: by the retry
 * job, by another engine, or when its path is sent in again.
 */
export const FINAL = 'due_at IS NULL AND outcome IS NOT NULL'

/** The same of a row that was read. */
export function isFinal(row: { due_at: Date | null; outcome: string | null }): boolean {
  return row.due_at === null && row.outcome !== null
}
