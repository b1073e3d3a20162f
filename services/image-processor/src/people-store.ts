import type { Session } from '@livepods/sql'
import type { Match } from './recognition.ts'

const LONGEST_NAME = 255

/**
 * person.id of each match's person, by the match's image name. Who a known image shows is what `person_images` says; an image that is not
 * there belongs to the person with that folder, and both are added where they are missing, unless the person was just deleted: then there
 * is no id. Two workers that add the same at once get the same.
 */
export async function personIds(session: Session, matches: Match[]): Promise<Map<string, number>> {
  const byImage = new Map(matches.map((match) => [match.imageName, match]))
  if (byImage.size === 0) return new Map()
  const rows = await session.rows<{ image_name: string; person_id: number; deleted_at: Date | null }>(
    'SELECT image_name, person_id, deleted_at FROM person_images JOIN person ON person.id = person_id WHERE image_name IN (?)',
    [[...byImage.keys()]],
  )
  const ids = new Map<string, number>()
  for (const { image_name, person_id, deleted_at } of rows) {
    if (deleted_at === null) ids.set(image_name, person_id)
    else byImage.delete(image_name)
  }
  // In one order for all workers, so that they do not wait for each other in a circle.
  for (const imageName of [...byImage.keys()].sort()) {
    const match = byImage.get(imageName)
    const id = match && !ids.has(imageName) ? await addImage(session, match) : undefined
    if (id !== undefined) ids.set(imageName, id)
  }
  return ids
}

async function addImage(session: Session, { person, imageName }: Match): Promise<number | undefined> {
  const there = await personOfFolder(session, person)
  if (there ? there.deleted_at !== null : await isGone(session, person)) return undefined
  const id = there?.id ?? (await addPerson(session, person))
  if (imageName.length > LONGEST_NAME) return id
  await session.change(
    'INSERT INTO person_images (image_name, person_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE image_name = image_name',
    [imageName, id],
  )
  return (await personOfImage(session, imageName)) ?? id
}

/** A person was removed a moment ago, and the answer that names them was given before. Whoever comes into the folder later is new. */
async function isGone(session: Session, folder: string): Promise<boolean> {
  const rows = await session.rows(
    `SELECT 1 FROM face_changes WHERE action = 'gone' AND at > UTC_TIMESTAMP(3) - INTERVAL 5 MINUTE
       AND JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.key')) = SHA2(?, 256) LIMIT 1`,
    [folder],
  )
  return rows.length > 0
}

async function addPerson(session: Session, folder: string): Promise<number> {
  await session.change('INSERT INTO person (name, folder) VALUES (?, ?) ON DUPLICATE KEY UPDATE folder = folder', [
    folder,
    folder,
  ])
  const there = await personOfFolder(session, folder)
  if (!there) throw new Error(`The person "${folder}" was removed while it was being added.`)
  return there.id
}

async function personOfImage(session: Session, imageName: string): Promise<number | undefined> {
  const [row] = await session.rows<{ person_id: number }>('SELECT person_id FROM person_images WHERE image_name = ?', [
    imageName,
  ])
  return row?.person_id
}

async function personOfFolder(session: Session, folder: string) {
  // One that was added before keys were NFC may have the other form of Unicode.
  const sql = 'SELECT id, folder, deleted_at FROM person WHERE folder IN (?)'
  const rows = await session.rows<{ id: number; folder: string; deleted_at: Date | null }>(sql, [
    [folder, folder.normalize('NFD')],
  ])
  return rows.find((row) => row.folder === folder) ?? rows[0]
}
