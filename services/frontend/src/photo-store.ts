import { stateOf } from '@livepods/photo'
import { type Person, PhotoReader } from '@livepods/photo-api'
import type { Database } from '@livepods/sql'
import { type Counts, labelOf } from './photo.ts'

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

/** All that the pages ask of the database beside the photos themselves; they change nothing in it. */
export class PhotoStore extends PhotoReader {
  readonly #database: Database

  constructor(database: Database) {
    super(database)
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

  async path(id: string): Promise<string | undefined> {
    const [row] = await this.#database.rows<{ path: string }>('SELECT path FROM images WHERE id = ?', [id])
    return row?.path
  }

  /** Which photos changed at `from` or later, the first change first, at most `limit`; `version` differs after every change. */
  async throwChangedSince(from: Date, limit: number): Promise<Change[]> {
    const rows = await this.#database.rows<{
      id: string
      status: number
      outcome: string | null
      updated_at: Date
      attempts: number
    }>(
      `SELECT id, status, outcome, attempts, updated_at FROM images WHERE updated_at >= ? ORDER BY updated_at, id LIMIT ${limit}`,
      [from],
    )
    return rows.map(({ id, status, outcome, attempts, updated_at }) => ({
      id,
      at: updated_at,
      version: `${updated_at.getTime()} ${status} ${outcome} ${attempts}`,
    }))
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
      counts[labelOf({ state: stateOf({ status: Number(status), outcome }) })] += Number(amount)
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
}
