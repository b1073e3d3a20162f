import type { Person } from '@livepods/photo-api'
import type { Database, Session } from '@livepods/sql'
import { type Change, findShownChange, recentChanges } from './change-log.ts'
import { type Suggestion, suggestions } from './suggestions.ts'
import { canUndo } from './undoing.ts'

export interface KnownImageRow {
  id: number
  image_name: string
}

export interface PersonCard extends Person {
  images: KnownImageRow[]
  /** On so many photos they are recognised. */
  photos: number
}

/** A cluster of unknown faces: they look alike and have no name. */
export interface UnknownCluster {
  id: string
  photos: number
  /** The first ones; one of which a person said something is named only by itself, and comes first. */
  faces: { id: string; image_id: string }[]
}

/** A change as pages tell of it. */
export interface ShownChange extends Change {
  /** Its undo would be carried out. */
  undoable: boolean
}

const FACES_SHOWN = 4
const LAST_CHANGES = 500

/** All that the pages ask about people; it changes nothing. */
export class PeopleStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** At most `limit` people, the newest first, and the `before` of the next page when there is one. */
  async cards(before: number | undefined, limit: number): Promise<{ people: PersonCard[]; next: number | undefined }> {
    const rows = await this.#database.rows<Person>(
      `SELECT id, name FROM person WHERE deleted_at IS NULL ${before === undefined ? '' : 'AND id < ?'} ORDER BY id DESC LIMIT ${limit + 1}`,
      before === undefined ? [] : [before],
    )
    const people = await this.#withImages(rows.slice(0, limit))
    return { people, next: rows.length > limit ? people.at(-1)?.id : undefined }
  }

  async card(id: number): Promise<PersonCard | undefined> {
    const rows = await this.#database.rows<Person>('SELECT id, name FROM person WHERE id = ? AND deleted_at IS NULL', [
      id,
    ])
    return (await this.#withImages(rows))[0]
  }

  /** The path of a known image, as pictures are opened. */
  async imagePath(person: number, image: number): Promise<string | undefined> {
    const [row] = await this.#database.rows<KnownImageRow>(
      `SELECT person_images.id, image_name FROM person_images JOIN person ON person.id = person_id AND deleted_at IS NULL
        WHERE person_images.id = ? AND person_id = ?`,
      [image, person],
    )
    return row && `/known_people/${row.image_name}`
  }

  /** Clusters without a name, those on most photos first. */
  async unknownClusters(limit: number): Promise<UnknownCluster[]> {
    const groups = await this.#database.rows<{ id: string; photos: string }>(
      `SELECT faces.group_id AS id, COUNT(DISTINCT faces.image_id) AS photos
         FROM faces JOIN face_groups ON face_groups.id = faces.group_id AND face_groups.person_id IS NULL
         WHERE faces.person_id IS NULL GROUP BY faces.group_id ORDER BY photos DESC, faces.group_id DESC LIMIT ${limit}`,
    )
    if (groups.length === 0) return []
    const faces = await this.#database.rows<{ id: string; image_id: string; group_id: string }>(
      `SELECT id, image_id, group_id FROM (
         SELECT id, image_id, group_id, ROW_NUMBER() OVER (PARTITION BY group_id ORDER BY decided DESC, id) AS place
           FROM faces WHERE group_id IN (?) AND person_id IS NULL) AS placed WHERE place <= ${FACES_SHOWN} ORDER BY place`,
      [groups.map(({ id }) => id)],
    )
    const of = Map.groupBy(faces, ({ group_id }) => group_id)
    return groups.map(({ id, photos }) => ({ id, photos: Number(photos), faces: of.get(id) ?? [] }))
  }

  async suggestions(groups: string[]): Promise<ReadonlyMap<string, Suggestion>> {
    return await suggestions(this.#database, groups)
  }

  async changes(limit: number): Promise<ShownChange[]> {
    return await Promise.all((await recentChanges(this.#database, limit)).map((change) => this.#shown(change)))
  }

  /** The change that an address names, if it does. */
  async changeOf(id: string | undefined): Promise<ShownChange | undefined> {
    const change = id ? await findShownChange(this.#database, id) : undefined
    return change && (await this.#shown(change))
  }

  async #shown(change: Change): Promise<ShownChange> {
    return { ...change, undoable: await canUndo(this.#database, change) }
  }

  /** On how many photos each of these clusters is. */
  async clusterSizes(groups: string[]): Promise<ReadonlyMap<string, number>> {
    if (groups.length === 0) return new Map()
    const rows = await this.#database.rows<{ id: string; photos: string }>(
      'SELECT group_id AS id, COUNT(DISTINCT image_id) AS photos FROM faces WHERE group_id IN (?) GROUP BY group_id',
      [groups],
    )
    return new Map(rows.map(({ id, photos }) => [id, Number(photos)]))
  }

  /**
   * Differs after every change of what a page about people shows. Of photos and faces the last ones count: a change may commit late, and a
   * face joins a group after its photo is done.
   */
  async version(): Promise<string> {
    const [row] = await this.#database.rows<{ version: string }>(
      `SELECT CONCAT_WS(' ', (SELECT CONCAT_WS('.', COUNT(*), MAX(id), COUNT(undone_at)) FROM face_changes),
         (SELECT BIT_XOR(CRC32(CONCAT_WS(' ', id, updated_at)))
           FROM (SELECT id, updated_at FROM images ORDER BY updated_at DESC, id DESC LIMIT ${LAST_CHANGES}) AS last_changes),
         (SELECT BIT_XOR(CRC32(CONCAT_WS(' ', id, group_id)))
           FROM (SELECT id, group_id FROM faces ORDER BY id DESC LIMIT ${LAST_CHANGES}) AS last_faces),
         (SELECT MAX(id) FROM face_groups), (SELECT CONCAT_WS('.', COUNT(*), MAX(id), COUNT(deleted_at)) FROM person),
         (SELECT CONCAT_WS('.', COUNT(*), MAX(id)) FROM person_images)) AS version`,
    )
    return row?.version ?? ''
  }

  async #withImages(people: Person[]): Promise<PersonCard[]> {
    if (people.length === 0) return []
    const ids = people.map(({ id }) => id)
    const [images, photos] = await Promise.all([
      this.#database.rows<KnownImageRow & { person_id: number }>(
        'SELECT id, image_name, person_id FROM person_images WHERE person_id IN (?) ORDER BY id',
        [ids],
      ),
      this.#photos(this.#database, ids),
    ])
    const of = Map.groupBy(images, ({ person_id }) => person_id)
    return people.map((person) => ({
      ...person,
      images: (of.get(person.id) ?? []).map(({ id, image_name }) => ({ id, image_name })),
      photos: photos.get(person.id) ?? 0,
    }))
  }

  async #photos(session: Session, people: number[]): Promise<Map<number, number>> {
    const rows = await session.rows<{ person_id: number; photos: string }>(
      'SELECT person_id, COUNT(DISTINCT image_id) AS photos FROM faces WHERE person_id IN (?) GROUP BY person_id',
      [people],
    )
    return new Map(rows.map(({ person_id, photos }) => [person_id, Number(photos)]))
  }
}
