import { createLog } from '@livepods/service'
import type { Database } from '@livepods/sql'
import { freshDatabase } from '@livepods/testing'
import { People } from '../../src/people/people.ts'
import type { PortraitSource } from '../../src/people/work.ts'
import { labelOf } from '../../src/photo.ts'
import { PhotoStore } from '../../src/photo-store.ts'
import { KnownFiles } from './known-files.ts'
import { addPhoto, type FaceSeed } from './rows.ts'

export const BY = { actor: 'test', requestId: 'r' }
/** The address of a person, or of a known photo. */
export const PERSON = /\/people\/\d+(\/images\/\d+\/thumbnail)?$/

/** People on a database of their own, with known files in memory. */
export async function peopleParts() {
  const db = await freshDatabase()
  const { database } = db
  const files = new KnownFiles()
  const pictures: PortraitSource = {
    portrait: async (path, { x }, margin) => Buffer.from(`portrait of ${path} at ${x} with ${margin}`),
    copy: async (path) => files.files.get(path.replace('/known_people/', '')) ?? Buffer.alloc(0),
    forget: () => {},
  }
  const parts = { faces: files, pictures, log: createLog('test', 'silent') }
  const store = new PhotoStore(database)
  return {
    database,
    files,
    parts,
    people: new People({ database, ...parts }),
    /** A photo that was looked at, with faces of these groups (0: none). */
    photo: async (path: string, ...faces: (FaceSeed & { group?: string })[]) => {
      const known = faces.find(({ person }) => person !== undefined)?.person
      const seed = { path, finishedAgo: 0, claimedAgo: 10, faces: faces.map((face, i) => ({ ...face, box: box(i) })) }
      const outcome = known === undefined ? 'UNIDENTIFIED' : 'IDENTIFIED'
      const id = await addPhoto(database, {
        ...seed,
        outcome,
        status: known === undefined ? 0 : 1,
        person: known ?? -1,
      })
      const rows = await database.rows<{ id: string }>('SELECT id FROM faces WHERE image_id = ? ORDER BY id', [id])
      for (const [i, face] of faces.entries())
        if (face.group)
          await database.change('UPDATE faces SET group_id = ? WHERE id = ?', [face.group, rows[i]?.id ?? ''])
      return { id, faces: rows.map((row) => row.id) }
    },
    group: async () => (await database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')).insertId,
    /** The names on a photo, face by face, as the page shows them. */
    names: async (id: string) =>
      (await store.photo(id))?.faces.map(({ known, nearest }) => (known ? nearest?.name : undefined)),
    state: async (id: string) => {
      const photo = await store.photo(id)
      return [photo && labelOf(photo), photo?.person?.name]
    },
    /** As if the deletion of a person were so long ago that it cannot be undone. */
    expire: async () => {
      await database.change('UPDATE person SET deleted_at = deleted_at - INTERVAL 5 MINUTE')
    },
    row: async (sql: string) => (await database.rows<Record<string, unknown>>(sql))[0],
    person: (name: string) => personOf(database, name),
    knownImages: () => imagesOf(database),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

const box = (index: number): [number, number, number, number] => [index / 10, 0.1, 0.1, 0.2]

async function personOf(database: Database, name: string): Promise<{ id: number; folder: string }> {
  const [row] = await database.rows<{ id: number; folder: string }>('SELECT id, folder FROM person WHERE name = ?', [
    name,
  ])
  if (!row) throw new Error(`There is no ${name}.`)
  return row
}

/** Who each known image shows, by the rows: name of the image and of the person. */
async function imagesOf(database: Database): Promise<Record<string, string>> {
  const rows = await database.rows<{ image_name: string; name: string }>(
    'SELECT image_name, name FROM person_images JOIN person ON person.id = person_id ORDER BY image_name',
  )
  return Object.fromEntries(rows.map(({ image_name, name }) => [image_name, name]))
}
