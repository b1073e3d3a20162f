import { ProblemError } from '@livepods/http'
import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change } from './change-log.ts'
import { changedSince } from './undo-checks.ts'
import type { Work } from './work.ts'

export interface Apart extends Before {
  a: string
  b: string
  /** It was said before. */
  existed?: boolean
}

/** Remembers that two groups are not the same person: nobody is asked again. */
export async function keepApart(
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
    const before: Apart = { state: 'done', people: [], a, b, existed: there.length > 0 }
    return await addChange(session, actor, 'apart', before)
  })
}

/** Who said it again after this stays heard. */
export async function refuseUndoApart(session: Session, { id, before }: Change<Apart>): Promise<void> {
  const again = await session.rows(
    `SELECT 1 FROM face_changes WHERE id > ? AND action = 'apart' AND undone_at IS NULL
       AND JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.a')) = ? AND JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.b')) = ? LIMIT 1`,
    [id, before.a, before.b],
  )
  if (again.length > 0) changedSince()
}

export async function undoApart(session: Session, { before }: Change<Apart>): Promise<void> {
  if (!before.existed) await session.change('DELETE FROM group_apart WHERE a = ? AND b = ?', [before.a, before.b])
}
