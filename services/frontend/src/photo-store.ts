import { IN_STATE, STATUS } from '@livepods/photo'
import type { Database, Value } from '@livepods/sql'
import type { Counts, Person, Photo, PhotoState } from './photo.ts'
import { type FaceRow, faceOf, type PhotoRow, photoOf, type StatusRow, shownStateOf } from './photo-row.ts'

export interface Filter {
  state?: PhotoState | undefined
  person?: number | undefined
  /** Photos older than this one, in decimal. */
  before?: string | undefined
}

export interface KnownPerson extends Person {
  folder: string | null
  images: number
}

export interface Change {
  id: string
  at: Date
  version: string
}

/** A photo whose last attempt had a fault. */
export interface PhotoError {
  id: string
  path: string
  error: string
  at: Date
}

interface Query {
  sql: string
  values: Value[]
}

const COLUMNS = `images.id, images.path, images.status, images.outcome, images.person, person.name AS person_name, images.attempts,
  images.rounds, images.claimed_by, images.due_at, images.claimed_at, images.finished_at, images.last_error, images.truncated,
  images.created_at, images.updated_at`

/** A deleted person is shown to nobody, although that can still be undone. */
const THERE = 'person.id = images.person AND person.deleted_at IS NULL'

const OF_STATE: Record<PhotoState, string> = {
  pending: IN_STATE.pending,
  processing: IN_STATE.processing,
  known: IN_STATE.identified,
  unknown: IN_STATE.unidentified,
  failed: `status = ${STATUS.FAILED}`,
}

/** All that the pages ask of the database; they change nothing in it. */
export class PhotoStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The newest faults of photos (not what is wrong with the pictures themselves), among the 500 photos that changed last. */
  async lastErrors(limit: number): Promise<PhotoError[]> {
    return await this.#database.rows<PhotoError>(
      `SELECT images.id, images.path, images.last_error AS error, images.updated_at AS at
        FROM (SELECT id FROM images ORDER BY updated_at DESC LIMIT 500) AS recent JOIN images ON images.id = recent.id
        WHERE images.last_error IS NOT NULL AND (images.outcome IS NULL OR images.outcome = 'EXHAUSTED') ORDER BY images.updated_at DESC LIMIT ${Math.floor(limit)}`,
    )
  }

  /** At most `limit` photos, newest first, and the `before` of the next page when there is one. */
  async page(filter: Filter, limit: number): Promise<{ photos: Photo[]; next: string | undefined }> {
    const wanted = filter.person === undefined ? this.#newest(filter) : this.#newestOf(filter.person, filter)
    // Joining only what is wanted: MySQL would sort the whole table, joined, before it takes the first.
    const rows = await this.#database.rows<PhotoRow>(
      `SELECT ${COLUMNS} FROM (${wanted.sql} LIMIT ${limit + 1}) AS wanted JOIN images ON images.id = wanted.id
        LEFT JOIN person ON ${THERE} ORDER BY images.id DESC`,
      wanted.values,
    )
    const photos = await this.#withFaces(rows.slice(0, limit))
    return { photos, next: rows.length > limit ? photos.at(-1)?.id : undefined }
  }

  #newest({ state, before }: Filter): Query {
    const conditions = ['TRUE', state && OF_STATE[state], before && 'images.id < ?'].filter(Boolean)
    return {
      sql: `SELECT images.id FROM images WHERE ${conditions.join(' AND ')} ORDER BY images.id DESC`,
      values: before ? [before] : [],
    }
  }

  /** Grouped in the order of the index (person_id, image_id), so that it ends with the last photo of the page. */
  #newestOf(person: number, { state, before }: Filter): Query {
    const join = state ? `JOIN images ON images.id = faces.image_id AND ${OF_STATE[state]}` : ''
    return {
      sql: `SELECT faces.image_id AS id FROM faces ${join} WHERE faces.person_id = ?
        ${before ? 'AND faces.image_id < ?' : ''} GROUP BY faces.image_id ORDER BY faces.image_id DESC`,
      values: [person, ...(before ? [before] : [])],
    }
  }

  async photo(id: string): Promise<Photo | undefined> {
    return (await this.photos([id]))[0]
  }

  async path(id: string): Promise<string | undefined> {
    const [row] = await this.#database.rows<{ path: string }>('SELECT path FROM images WHERE id = ?', [id])
    return row?.path
  }

  /** Which photos changed at `from` or later, the first change first, at most `limit`; `version` differs after every change. */
  async changedSince(from: Date, limit: number): Promise<Change[]> {
    const rows = await this.#database.rows<StatusRow & { id: string; updated_at: Date; attempts: number }>(
      `SELECT id, status, outcome, attempts, updated_at FROM images WHERE updated_at >= ? ORDER BY updated_at, id LIMIT ${limit}`,
      [from],
    )
    return rows.map(({ id, status, outcome, attempts, updated_at }) => ({
      id,
      at: updated_at,
      version: `${updated_at.getTime()} ${status} ${outcome} ${attempts}`,
    }))
  }

  /** The photos of these ids that are still there, the oldest first. */
  async photos(ids: string[]): Promise<Photo[]> {
    if (ids.length === 0) return []
    const rows = await this.#database.rows<PhotoRow>(
      `SELECT ${COLUMNS} FROM images LEFT JOIN person ON ${THERE} WHERE images.id IN (?) ORDER BY images.id`,
      [ids],
    )
    return await this.#withFaces(rows)
  }

  /** The database's clock, the only one that rows are compared with. */
  async now(): Promise<Date> {
    const [row] = await this.#database.rows<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now')
    if (!row) throw new Error('The database told no time.')
    return row.now
  }

  /**
   * How many photos are in each state at one moment: two walks over an index, since the outcome says all but for rows that have none, in
   * one statement, since a photo that changes between two would be in both or in neither.
   */
  async counts(): Promise<Counts> {
    const rows = await this.#database.rows<{ status: number | string; outcome: string | null; amount: string }>(
      `SELECT 0 AS status, outcome, COUNT(*) AS amount FROM images WHERE outcome IS NOT NULL GROUP BY outcome
        UNION ALL SELECT status, NULL, COUNT(*) FROM images WHERE outcome IS NULL GROUP BY status`,
    )
    const counts: Counts = { pending: 0, processing: 0, known: 0, unknown: 0, failed: 0 }
    // The type of the first column, a constant in one half, is another one on either server.
    for (const { status, outcome, amount } of rows)
      counts[shownStateOf({ status: Number(status), outcome })] += Number(amount)
    return counts
  }

  /** People in the order of their ids, and the `after` of the next page when there is one. */
  async people(after: number, limit: number): Promise<{ people: KnownPerson[]; next: number | undefined }> {
    const rows = await this.#database.rows<{ id: number; name: string; folder: string | null; images: string }>(
      `SELECT person.id, person.name, person.folder,
        (SELECT COUNT(*) FROM person_images WHERE person_images.person_id = person.id) AS images
        FROM person WHERE person.id > ? AND deleted_at IS NULL ORDER BY person.id LIMIT ${limit + 1}`,
      [after],
    )
    const people = rows.slice(0, limit).map((row) => ({ ...row, images: Number(row.images) }))
    return { people, next: rows.length > limit ? people.at(-1)?.id : undefined }
  }

  /** The first `limit` people by name, and in any case the `chosen` one, for a list to choose from. */
  async peopleByName(limit: number, chosen = 0): Promise<Person[]> {
    const people = await this.#database.rows<Person>(
      `SELECT id, name FROM person WHERE deleted_at IS NULL ORDER BY id = ? DESC, name, id LIMIT ${limit}`,
      [chosen],
    )
    return people.sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id)
  }

  async #withFaces(rows: PhotoRow[]): Promise<Photo[]> {
    if (rows.length === 0) return []
    const faces = await this.#database.rows<FaceRow>(
      `SELECT faces.id, faces.image_id, faces.x, faces.y, faces.width, faces.height, faces.score, faces.decided, faces.group_id, faces.person_id,
        nearest.name AS person_name, faces.distance, faces.runner_up_id, second.name AS runner_up_name, faces.runner_up_distance
        FROM faces LEFT JOIN person AS nearest ON nearest.id = faces.person_id AND nearest.deleted_at IS NULL
        LEFT JOIN person AS second ON second.id = faces.runner_up_id AND second.deleted_at IS NULL
        WHERE faces.image_id IN (?) ORDER BY faces.image_id, faces.id`,
      [rows.map(({ id }) => id)],
    )
    const ofImage = Map.groupBy(faces, (face) => face.image_id)
    return rows.map((row) => photoOf(row, (ofImage.get(row.id) ?? []).map(faceOf)))
  }
}
