import { ProblemError } from '@livepods/http'
import type { Person } from '@livepods/photo-api'
import type { Session } from '@livepods/sql'
import { forgetAsRunnerUp, judgePhotos, lockFaces } from './face-rows.ts'
import { newKey } from './person-name.ts'

export interface PersonRow extends Person {
  folder: string | null
}

/** Whom somebody means: a person who is there, or a name. `another`: a new person although the name is somebody's already. */
export type Who = { person: number } | { name: string; another: boolean }

/** One who was deleted is not there, although that can still be undone. Throws ProblemError 404. */
export async function findPerson(session: Session, id: number): Promise<PersonRow> {
  const [row] = await session.rows<PersonRow>(
    'SELECT id, name, folder FROM person WHERE id = ? AND deleted_at IS NULL',
    [id],
  )
  if (!row) throw new ProblemError(404, 'There is no such person, or no longer. Load the page again.')
  return row
}

/** Somebody has the name already: it takes a decision whether that is who is meant. */
export class NameTakenError extends ProblemError {
  override readonly name = 'NameTakenError'
  override readonly code = 'NAME_TAKEN'
  readonly people: Person[]
  readonly called: string

  constructor(called: string, people: Person[]) {
    const ids = people.map(({ id }) => id).join(', ')
    super(
      409,
      `Somebody is called that already (person ${ids}). Say that you mean them, or that this is another person.`,
      { fields: { code: 'name_taken', people } },
    )
    this.people = people
    this.called = called
  }
}

export async function refuseTaken(session: Session, name: string, but = 0): Promise<void> {
  const people = await session.rows<Person>(
    'SELECT id, name FROM person WHERE name = ? AND id <> ? AND deleted_at IS NULL ORDER BY id LIMIT 10',
    [name, but],
  )
  if (people.length > 0) throw new NameTakenError(name, people)
}

export async function addPerson(session: Session, name: string): Promise<PersonRow> {
  const folder = newKey(name)
  const { insertId } = await session.change('INSERT INTO person (name, folder) VALUES (?, ?)', [name, folder])
  return { id: Number(insertId), name, folder }
}

/** The key of a person; one that a kube-cluster-sample installation made gets it now. */
export async function keyOf(session: Session, { id, name, folder }: PersonRow): Promise<string> {
  if (folder !== null) return folder
  const key = newKey(name)
  await session.change('UPDATE person SET folder = ? WHERE id = ? AND folder IS NULL', [key, id])
  return (await findPerson(session, id)).folder ?? key
}

/** Says that a known image shows that person, whatever was said before. */
export async function writeImage(session: Session, imageName: string, person: number): Promise<void> {
  await session.change(
    'INSERT INTO person_images (image_name, person_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE person_id = ?',
    [imageName, person, person],
  )
}

export async function removeImageRow(session: Session, imageName: string): Promise<void> {
  await session.change('DELETE FROM person_images WHERE image_name = ?', [imageName])
}

/** Removes a person. For a while their key is remembered, as a hash: an answer that was given before must not bring them back. */
export async function removePerson(session: Session, id: number): Promise<void> {
  await lockPerson(session, id)
  const faces = await lockFaces(session, 'person_id = ?', [id])
  await session.change('UPDATE faces SET person_id = NULL, distance = NULL, generation = 0 WHERE person_id = ?', [id])
  await forgetAsRunnerUp(session, id)
  await session.change(
    `INSERT INTO face_changes (actor, action, \`before\`) SELECT '', 'gone', JSON_OBJECT('state', 'done', 'people', JSON_ARRAY(),
       'key', SHA2(folder, 256)) FROM person WHERE id = ? AND folder IS NOT NULL`,
    [id],
  )
  await session.change('DELETE FROM person WHERE id = ?', [id])
  await judgePhotos(session, faces)
}

/** From here to the end of the transaction no worker adds faces of this person. */
export async function lockPerson(session: Session, id: number): Promise<void> {
  await session.rows('SELECT id FROM person WHERE id = ? FOR UPDATE', [id])
}

/** Removes a person of whom nothing is known any more. */
export async function removeIfNothingKnown(session: Session, id: number): Promise<void> {
  const rows = await session.rows(
    `SELECT 1 FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM person_images WHERE person_id = person.id)
       AND NOT EXISTS (SELECT 1 FROM faces WHERE person_id = person.id AND decided = 1)`,
    [id],
  )
  if (rows.length > 0) await removePerson(session, id)
}
