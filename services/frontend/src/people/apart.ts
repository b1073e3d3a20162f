import { Problem } from '@livepods/http'
import { transact } from '@livepods/sql'
import { addChange, type Before, type Change, endUndo } from './change-log.ts'
import type { Work } from './work.ts'

export interface Apart extends Before {
  a: string
  b: string
}

/** Remembers that two groups are not the same person: nobody is asked again. */
export async function keepApart(
  work: Work,
  { actor, one, other }: { actor: string; one: string; other: string },
): Promise<string> {
  const [a, b] = BigInt(one) < BigInt(other) ? [one, other] : [other, one]
  if (a === b) throw new Problem(400, 'A group cannot be kept apart from itself.')
  return await transact(work.session, async (session) => {
    const groups = await session.rows('SELECT id FROM face_groups WHERE id IN (?)', [[a, b]])
    if (groups.length < 2) throw new Problem(404, 'There is no such group, or no longer. Load the page again.')
    await session.change('INSERT INTO group_apart (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE a = a', [a, b])
    const before: Apart = { state: 'done', people: [], a, b }
    return await addChange(session, actor, 'apart', before)
  })
}

export async function undoApart(work: Work, { id, before }: Change<Apart>): Promise<void> {
  await transact(work.session, async (session) => {
    await session.change('DELETE FROM group_apart WHERE a = ? AND b = ?', [before.a, before.b])
    await endUndo(session, id, before)
  })
}
