import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change } from './change-log.ts'
import { throwChangedSince } from './undo-checks.ts'
import type { Work } from './work.ts'

export interface CannotLink extends Before {
  a: string
  b: string
  /** The cannot-link was there already. */
  existed?: boolean
}

/** A cannot-link: two clusters are not the same person, and nobody is asked again. */
export async function addCannotLink(
  work: Work,
  { actor, one, other }: { actor: string; one: string; other: string },
): Promise<string> {
  const [a, b] = BigInt(one) < BigInt(other) ? [one, other] : [other, one]
  if (a === b) throw new ProblemError(400, 'A group cannot be kept apart from itself.')
  return await transact(work.session, async (session) => {
    const groups = await session.rows('SELECT id FROM face_groups WHERE id IN (?)', [[a, b]])
    if (groups.length < 2) throw new ProblemError(404, 'There is no such group, or no longer. Load the page again.')
    const there = await session.rows('SELECT a FROM group_apart WHERE a = ? AND b = ?', [a, b])
    if (there.length === 0) await session.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [a, b])
    const before: CannotLink = { state: 'done', people: [], a, b, existed: there.length > 0 }
    return await addChange(session, actor, 'apart', before)
  })
}

/** Throws ProblemError 409 when the same cannot-link was added again after this change. */
export async function refuseUndoCannotLink(session: Session, { id, before }: Change<CannotLink>): Promise<void> {
  const again = await session.rows(
    `SELECT 1 FROM face_changes WHERE id > ? AND action = 'apart' AND undone_at IS NULL
       AND JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.a')) = ? AND JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.b')) = ? LIMIT 1`,
    [id, before.a, before.b],
  )
  if (again.length > 0) throwChangedSince()
}

export async function undoCannotLink(session: Session, { before }: Change<CannotLink>): Promise<void> {
  if (!before.existed) await session.change('DELETE FROM group_apart WHERE a = ? AND b = ?', [before.a, before.b])
}
