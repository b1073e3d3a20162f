import type { Session } from '@livepods/sql'

export const ACTIONS = ['name', 'rename', 'add', 'remove-image', 'merge', 'split', 'apart', 'delete', 'gone'] as const
export type Action = (typeof ACTIONS)[number]

/** What a change was, and all that its undoing needs. */
export interface Before {
  /** The change is not finished for both files and rows: the next repair finishes it. */
  state: 'doing' | 'done' | 'undoing'
  /** person.id of everybody concerned. */
  people: number[]
}

export interface Change<B extends Before = Before> {
  id: string
  at: Date
  actor: string
  action: Action
  before: B
  undoneAt: Date | undefined
}

interface Row {
  id: string
  at: Date
  actor: string
  action: Action
  before: unknown
  undone_at: Date | null
}

const COLUMNS = 'id, at, actor, action, `before`, undone_at'

export async function addChange(session: Session, actor: string, action: Action, before: Before): Promise<string> {
  const { insertId } = await session.change('INSERT INTO face_changes (actor, action, `before`) VALUES (?, ?, ?)', [
    [...actor].slice(0, 64).join(''),
    action,
    JSON.stringify(before),
  ])
  return insertId
}

export async function saveChange(session: Session, id: string, before: Before): Promise<void> {
  await session.change('UPDATE face_changes SET `before` = ? WHERE id = ?', [JSON.stringify(before), id])
}

/** From now on it is undone, and its known images are still to be. */
export async function saveUndone(session: Session, id: string, before: Before): Promise<void> {
  await session.change('UPDATE face_changes SET `before` = ?, undone_at = UTC_TIMESTAMP(3) WHERE id = ?', [
    JSON.stringify({ ...before, state: 'undoing' }),
    id,
  ])
}

/** Nothing is left to do, and nothing of it is kept. */
export async function endUndo(session: Session, id: string, before: Before): Promise<void> {
  const { bytes: _, ...kept } = before as Before & { bytes?: string }
  await saveChange(session, id, { ...kept, state: 'done' })
}

export async function forgetChange(session: Session, id: string): Promise<void> {
  await session.change('DELETE FROM face_changes WHERE id = ?', [id])
}

export async function findChange(session: Session, id: string): Promise<Change | undefined> {
  return (await session.rows<Row>(`SELECT ${COLUMNS} FROM face_changes WHERE id = ?`, [id])).map(changeOf)[0]
}

/** The deletion of a person that is still to be undone or purged. */
export async function findDeletion(session: Session, person: number): Promise<Change | undefined> {
  const rows = await session.rows<Row>(
    `SELECT ${COLUMNS} FROM face_changes WHERE action = 'delete' AND undone_at IS NULL
       AND JSON_CONTAINS(\`before\`, ?, '$.people') ORDER BY id DESC LIMIT 1`,
    [`${person}`],
  )
  return rows.map(changeOf)[0]
}

/** Forgets what was done to a person, and to those who were merged into them, but one change: it says a name, or has pictures. */
export async function forgetChangesOf(session: Session, person: number, but = '0'): Promise<void> {
  for (const one of await mergedInto(session, person))
    await session.change("DELETE FROM face_changes WHERE JSON_CONTAINS(`before`, ?, '$.people') AND id <> ?", [
      `${one}`,
      but,
    ])
}

/** The person, and all who became them. */
async function mergedInto(session: Session, person: number): Promise<number[]> {
  const all = [person]
  for (const one of all) {
    const rows = await session.rows<{ id: string }>(
      `SELECT JSON_EXTRACT(\`before\`, '$.from.id') AS id FROM face_changes
        WHERE action = 'merge' AND undone_at IS NULL AND JSON_CONTAINS(\`before\`, ?, '$.into')`,
      [`${one}`],
    )
    all.push(...rows.map(({ id }) => Number(id)).filter((id) => !all.includes(id)))
  }
  return all
}

/** Those of which files and rows are not both done. */
export async function unfinishedChanges(session: Session): Promise<Change[]> {
  const rows = await session.rows<Row>(
    `SELECT ${COLUMNS} FROM face_changes WHERE JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.state')) <> 'done' ORDER BY id`,
  )
  return rows.map(changeOf)
}

const IS_DELETED = `EXISTS (SELECT 1 FROM person WHERE deleted_at IS NOT NULL
  AND JSON_CONTAINS(face_changes.\`before\`, CAST(person.id AS CHAR), '$.people'))`

/** The change, unless it says the name of somebody who is deleted. */
export async function findShownChange(session: Session, id: string): Promise<Change | undefined> {
  const sql = `SELECT ${COLUMNS} FROM face_changes WHERE id = ? AND (action = 'delete' OR NOT ${IS_DELETED})`
  return (await session.rows<Row>(sql, [id])).map(changeOf)[0]
}

/** The last ones, the newest first, but what speaks of somebody deleted; what they keep for undo is left out of `before` where it is large. */
export async function recentChanges(session: Session, limit: number): Promise<Change[]> {
  const rows = await session.rows<Row>(
    `SELECT id, at, actor, action, JSON_REMOVE(\`before\`, '$.bytes', '$.portrait', '$.faces') AS \`before\`, undone_at
      FROM face_changes WHERE action <> 'gone' AND (action <> 'delete' OR ${IS_DELETED}) AND (action = 'delete' OR NOT ${IS_DELETED})
      ORDER BY id DESC LIMIT ${limit}`,
  )
  return rows.map(changeOf)
}

/** MariaDB answers JSON as text. */
function changeOf({ id, at, actor, action, before, undone_at }: Row): Change {
  const value = (typeof before === 'string' ? JSON.parse(before) : before) as Before
  return { id, at, actor, action, before: value, undoneAt: undone_at ?? undefined }
}
