import { type Session, transact } from '@livepods/sql'
import { addChange, type Before, type Change } from './change-log.ts'
import { checkedName } from './person-name.ts'
import { findPerson, refuseTaken } from './person-rows.ts'
import { throwChangedSince } from './undo-checks.ts'
import type { Work } from './work.ts'

export interface Renaming extends Before {
  name: string
  from: string
}

/** Gives a person another name. Known images keep their folder. */
export async function renamePerson(
  work: Work,
  { actor, person: id, name: text, another }: { actor: string; person: number; name: string; another: boolean },
): Promise<string> {
  const name = checkedName(text)
  return await transact(work.session, async (session) => {
    const person = await findPerson(session, id)
    if (!another) await refuseTaken(session, name, id)
    await write(session, id, name)
    const before: Renaming = { state: 'done', people: [id], name, from: person.name }
    return await addChange(session, actor, 'rename', before)
  })
}

export async function refuseUndoRenaming(session: Session, { before }: Change<Renaming>): Promise<void> {
  if ((await findPerson(session, before.people[0] ?? 0)).name !== before.name) throwChangedSince()
}

export async function undoRenaming(session: Session, { before }: Change<Renaming>): Promise<void> {
  await write(session, before.people[0] ?? 0, before.from)
}

/** Open pages that show the name learn of it by the change of their photos. */
async function write(session: Session, id: number, name: string): Promise<void> {
  await session.change('UPDATE person SET name = ? WHERE id = ?', [name, id])
  await session.change(
    'UPDATE images SET updated_at = UTC_TIMESTAMP(3) WHERE id IN (SELECT image_id FROM faces WHERE person_id = ?)',
    [id],
  )
}
