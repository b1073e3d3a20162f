/**
 * A condition on rows of `images`: the photo has an outcome, and is not due. It may become due again: by the retry job, by another engine,
 * or when it is submitted again.
 */
export const FINAL = 'due_at IS NULL AND outcome IS NOT NULL'

/** The same of a row that was read. */
export function isFinal(row: { due_at: Date | null; outcome: string | null }): boolean {
  return row.due_at === null && row.outcome !== null
}
