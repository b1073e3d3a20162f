import type { Session } from '@livepods/sql'

/** A cluster: faces that look alike, of somebody unknown, or of a known person when it has a name. */
export interface Cluster {
  id: string
  person: number | null
}

/** Reads and locks a cluster: who joins it locks it too. */
export async function lockCluster(session: Session, id: string | null): Promise<Cluster | undefined> {
  if (id === null) return undefined
  const [row] = await session.rows<{ person_id: number | null }>(
    'SELECT person_id FROM face_groups WHERE id = ? FOR UPDATE',
    [id],
  )
  return row && { id, person: row.person_id }
}

/** A new cluster, with a cannot-link to the one that its face came from. */
export async function addCluster(session: Session, person: number | null, apartFrom: string | null): Promise<string> {
  const { insertId } = await session.change('INSERT INTO face_groups (person_id) VALUES (?)', [person])
  // The newer one has the larger id.
  if (apartFrom !== null) await session.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [apartFrom, insertId])
  return insertId
}

/** Undoes `addCluster`, unless another face has joined the cluster since. */
export async function removeCluster(session: Session, group: string, apartFrom: string | null): Promise<void> {
  if (apartFrom !== null) await session.change('DELETE FROM group_apart WHERE a = ? AND b = ?', [apartFrom, group])
  const { affectedRows } = await session.change(
    'DELETE FROM face_groups WHERE id = ? AND NOT EXISTS (SELECT 1 FROM faces WHERE group_id = face_groups.id)',
    [group],
  )
  if (affectedRows > 0) await session.change('DELETE FROM group_apart WHERE a = ? OR b = ?', [group, group])
}
