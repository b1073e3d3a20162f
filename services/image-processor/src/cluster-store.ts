import { GOOD_QUALITY } from '@livepods/photo'
import type { Session } from '@livepods/sql'

/** NULL: not measured. */
const IS_GOOD = `COALESCE(faces.quality, 1) >= ${GOOD_QUALITY}`

export interface UnclusteredFace {
  id: string
  descriptor: Buffer
  /** Whether it can be seen well enough to say what a cluster looks like. */
  isGood: boolean
}

export interface ClusteredFace {
  id: string
  cluster: string
}

/**
 * The exemplars of the unnamed clusters: the first four faces of each that can be seen well, without those of which a person said who they
 * are. Clusters with a name are not joined.
 */
export async function exemplars(session: Session, engine: string) {
  return await session.rows<{ group_id: string; descriptor: Buffer }>(
    `SELECT group_id, descriptor FROM (
       SELECT faces.group_id, faces.id, faces.descriptor, ROW_NUMBER() OVER (PARTITION BY faces.group_id ORDER BY faces.id) AS place
         FROM faces JOIN face_groups ON face_groups.id = faces.group_id AND face_groups.person_id IS NULL
         WHERE faces.engine = ? AND faces.descriptor IS NOT NULL AND (faces.decided = 0 OR faces.person_id IS NULL)
           AND ${IS_GOOD}) AS placed
     WHERE place <= 4 ORDER BY group_id, id`,
    [engine],
  )
}

/** A version that differs after every change that a person made to clusters. */
export async function changesVersion(session: Session): Promise<string> {
  const [row] = await session.rows<{ version: string }>(
    "SELECT CONCAT_WS(' ', COUNT(*), MAX(id), COUNT(undone_at)) AS version FROM face_changes",
  )
  return row?.version ?? ''
}

/** Unknown faces in no cluster that were compared with the current gallery, in the order of their ids. */
export async function unclusteredFaces(
  session: Session,
  { after, generation, engine, limit }: { after: string; generation: number; engine: string; limit: number },
): Promise<UnclusteredFace[]> {
  const rows = await session.rows<{ id: string; descriptor: Buffer; good: number }>(
    `SELECT id, descriptor, ${IS_GOOD} AS good FROM faces WHERE group_id IS NULL AND id > ? AND person_id IS NULL AND decided = 0 AND generation = ?
       AND engine = ? AND descriptor IS NOT NULL ORDER BY id LIMIT ${limit}`,
    [after, generation, engine],
  )
  return rows.map(({ id, descriptor, good }) => ({ id, descriptor, isGood: Number(good) === 1 }))
}

export async function addCluster(session: Session): Promise<string> {
  const { insertId } = await session.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  return insertId
}

/**
 * Part of a transaction. A cluster that got a name meanwhile is not joined: the face is clustered again later. Naming a cluster locks it,
 * too.
 */
export async function joinClusters(session: Session, faces: ClusteredFace[]): Promise<void> {
  const rows = await session.rows<{ id: string }>(
    'SELECT id FROM face_groups WHERE id IN (?) AND person_id IS NULL ORDER BY id FOR UPDATE',
    [[...new Set(faces.map(({ cluster }) => cluster))]],
  )
  const unnamed = new Set(rows.map(({ id }) => id))
  await session.change(
    `UPDATE faces JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id', grp BIGINT UNSIGNED PATH '$.cluster')) AS found
       ON found.id = faces.id
     SET faces.group_id = found.grp WHERE faces.group_id IS NULL AND faces.decided = 0 AND faces.person_id IS NULL`,
    [JSON.stringify(faces.filter(({ cluster }) => unnamed.has(cluster)))],
  )
}
