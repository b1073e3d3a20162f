import { ProblemError } from '@livepods/http'
import type { Session } from '@livepods/sql'

/** What was done meanwhile stands in the way. */
export function throwChangedSince(): never {
  throw new ProblemError(
    409,
    'It was changed since then, so this cannot be undone any more. Change what is there now instead.',
  )
}

/** Throws ProblemError 409 unless all of them are there, not deleted. */
export async function refuseMissing(session: Session, people: number[]): Promise<void> {
  if (people.length === 0) return
  const rows = await session.rows('SELECT id FROM person WHERE id IN (?) AND deleted_at IS NULL', [people])
  if (rows.length < new Set(people).size) throwChangedSince()
}

// MariaDB and MySQL read it where it lies: a change may have very many faces.
const FACES_OF_CHANGE = `face_changes JOIN JSON_TABLE(\`before\`, '$.faces[*]' COLUMNS (face BIGINT UNSIGNED PATH '$.id',
  person INT PATH '$.person_id', decided INT PATH '$.decided')) AS was`

/**
 * Throws ProblemError 409 unless the faces of a change that are still there are what it made of them, nobody said so of one of them again,
 * and everybody is there to whom it goes back.
 */
export async function refuseFacesChanged(
  session: Session,
  change: string,
  {
    person,
    group,
    goneInstead,
    decidedOnly = false,
  }: { person: number; group?: string | undefined; goneInstead?: number; decidedOnly?: boolean },
): Promise<void> {
  const [found] = await session.rows<{ changed: string; missing: string }>(
    `SELECT COALESCE(SUM((was.decided = 1 OR ?) AND NOT (faces.decided = 1 AND faces.person_id <=> ? AND (? IS NULL OR faces.group_id <=> ?))), 0) AS changed,
       COALESCE(SUM(was.decided = 1 AND was.person IS NOT NULL AND was.person <> ? AND person.id IS NULL), 0) AS missing
     FROM ${FACES_OF_CHANGE} JOIN faces ON faces.id = was.face
       LEFT JOIN person ON person.id = was.person AND person.deleted_at IS NULL WHERE face_changes.id = ?`,
    [decidedOnly ? 0 : 1, person, group ?? null, group ?? null, goneInstead ?? -1, change],
  )
  if (Number(found?.changed) + Number(found?.missing) > 0) throwChangedSince()
  const later = await session.rows<{ face: string }>(
    `SELECT DISTINCT JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.face')) AS face FROM face_changes
      WHERE id > ? AND action = 'name' AND undone_at IS NULL`,
    [change],
  )
  if (later.length === 0) return
  const again = await session.rows(
    `SELECT 1 FROM ${FACES_OF_CHANGE} WHERE face_changes.id = ? AND was.face IN (?) LIMIT 1`,
    [change, later.map(({ face }) => face)],
  )
  if (again.length > 0) throwChangedSince()
}
