import type { Database, Session } from '@livepods/sql'

/** Mistakes that were made once or could be, as what they make of a statement. */
export const MISTAKES = {
  'a correction gives the whole cluster away': [
    'SET group_id = ?, person_id = ?, distance = NULL, decided = 1 WHERE id = ?',
    `SET group_id = ?, person_id = ?, distance = NULL, decided = 1
       WHERE group_id <=> (SELECT grp FROM (SELECT id, group_id AS grp FROM faces) AS one WHERE one.id = ?)`,
  ],
  'an undo takes back what was said since': [', 0) AS changed,', ', 0) * 0 AS changed,'],
  'a re-match changes what a person said': [
    /decided = 0 AND generation|WHERE faces\.decided = 0/,
    (sql) => (sql.startsWith('WHERE') ? 'WHERE TRUE' : 'generation'),
  ],
  'a purge leaves what was done to a person': [
    'DELETE FROM face_changes WHERE JSON_CONTAINS',
    'DELETE FROM face_changes WHERE FALSE AND JSON_CONTAINS',
  ],
  'a purge leaves what a face looks like': ['descriptor = NULL,', ''],
  'a face that is set apart may join its cluster again': [
    'INSERT INTO group_apart (a, b) VALUES (?, ?)',
    'INSERT INTO group_apart (a, b) SELECT ?, ? FROM DUAL WHERE FALSE',
  ],
} satisfies Record<string, [string | RegExp, string | ((found: string) => string)]>

export type Mistake = keyof typeof MISTAKES

/** The database of a program that makes this mistake. */
export function flawed(database: Database, mistake: Mistake): Database {
  const [right, wrong] = MISTAKES[mistake]
  const flaw = (sql: string) => sql.replace(right, wrong as string)
  const flawedSession = (session: Session): Session => ({
    rows: (sql, values) => session.rows(flaw(sql), values),
    change: (sql, values) => session.change(flaw(sql), values),
    get broken() {
      return session.broken ?? false
    },
  })
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'session')
        return (work: (session: Session) => Promise<unknown>) =>
          target.session(async (session) => await work(flawedSession(session)))
      const value = target[name as keyof Database]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
