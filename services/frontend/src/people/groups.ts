import type { Session } from '@livepods/sql'

/** Faces that look alike: a stranger, or with a name somebody known. */
export interface Group {
  id: string
  person: number | null
}

/** Reads and locks a group: who joins it locks it too. */
export async function lockGroup(session: Session, id: string | null): Promise<Group | undefined> {
  if (id === null) return undefined
  const [row] = await session.rows<{ person_id: number | null }>(
    'SELECT person_id FROM face_groups WHERE id = ? FOR UPDATE',
    [id],
  )
  return row && { id, person: row.person_id }
}

/** A new group, of whom a person says that it is not the same as the other one. */
export async function addGroup(session: Session, person: number | null, apartFrom: string | null): Promise<string> {
  const { insertId } = await session.change('INSERT INTO face_groups (person_id) VALUES (?)', [person])
  // The newer one has the larger id.
  if (apartFrom !== null) await session.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [apartFrom, insertId])
  return insertId
}

/** Takes back what `addGroup` did, as far as no other face has joined the group since. */
export async function takeGroupBack(session: Session, group: string, apartFrom: string | null): Promise<void> {
  if (apartFrom !== null) await session.change('DELETE FROM group_apart WHERE a = ? AND b = ?', [apartFrom, group])
  const { affectedRows } = await session.change(
    'DELETE FROM face_groups WHERE id = ? AND NOT EXISTS (SELECT 1 FROM faces WHERE group_id = face_groups.id)',
    [group],
  )
  if (affectedRows > 0) await session.change('DELETE FROM group_apart WHERE a = ? OR b = ?', [group, group])
}
