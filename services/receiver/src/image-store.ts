import { FINAL, STATUS, type Status, statusName } from '@livepods/photo'
import type { Database } from '@livepods/sql'
import type { Face, Image } from './image.ts'

export interface ImageFilter {
  state?: Status | undefined
  /** Photos on which this person was recognised. */
  person?: number | undefined
  /** Only photos whose id is smaller: the last one of the page before. */
  before?: string | undefined
  limit: number
}

const IMAGE = `SELECT i.id, i.path, i.status, i.outcome, i.person, p.name, i.attempts, i.rounds, i.last_error, i.truncated,
  i.created_at, i.updated_at, i.finished_at FROM images i LEFT JOIN person p ON p.id = i.person AND p.deleted_at IS NULL`

/** Reads and deletes photos. Every method rejects with DatabaseUnavailable when another try later may succeed. */
export class ImageStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Rejects while the database cannot serve: away, or not migrated yet. */
  async ping(): Promise<void> {
    await this.#database.rows('SELECT id FROM images LIMIT 1')
  }

  /** The photo with all its faces, or undefined. */
  async get(id: string): Promise<{ image: Image; faces: Face[] } | undefined> {
    const [row] = await this.#database.rows<ImageRow>(`${IMAGE} WHERE i.id = ?`, [id])
    if (!row) return undefined
    const faces = await this.#database.rows<FaceRow>(
      `SELECT f.id, f.x, f.y, f.width, f.height, f.score, f.person_id AS person, p.name, f.distance, f.decided
        FROM faces f LEFT JOIN person p ON p.id = f.person_id AND p.deleted_at IS NULL WHERE f.image_id = ? ORDER BY f.id`,
      [id],
    )
    return { image: imageOf(row), faces: faces.map(faceOf) }
  }

  /** At most `limit` photos, newest first. */
  async list({ state, person, before, limit }: ImageFilter): Promise<Image[]> {
    const conditions: [sql: string, value: string | number][] = []
    if (state !== undefined) conditions.push(['i.status = ?', STATUS[state]])
    if (person !== undefined) conditions.push(['i.id IN (SELECT image_id FROM faces WHERE person_id = ?)', person])
    if (before !== undefined) conditions.push(['i.id < ?', before])
    const where = conditions.map(([sql]) => sql).join(' AND ')
    const rows = await this.#database.rows<ImageRow>(
      `${IMAGE} ${where && `WHERE ${where}`} ORDER BY i.id DESC LIMIT ?`,
      // MySQL refuses a prepared LIMIT that the driver sends as a double.
      [...conditions.map(([, value]) => value), String(limit)],
    )
    return rows.map(imageOf)
  }

  /** Deletes the photo and its faces; false when there is none. */
  async delete(id: string): Promise<boolean> {
    const { affectedRows } = await this.#database.change('DELETE FROM images WHERE id = ?', [id])
    return affectedRows > 0
  }

  /** Those of the paths that have a row. */
  async known(paths: string[]): Promise<Set<string>> {
    const rows = await this.#database.rows<{ path: string }>('SELECT path FROM images WHERE path IN (?)', [paths])
    return new Set(rows.map(({ path }) => path))
  }

  /** The next `limit` photos after `id` in the order of ids, each with what retention has to know. */
  async agesAfter(id: string, { days, limit }: { days: number; limit: number }) {
    const rows = await this.#database.rows<{ id: string; path: string; old: unknown; final: unknown }>(
      `SELECT id, path, created_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS old, ${FINAL} AS final
        FROM images WHERE id > ? ORDER BY id LIMIT ?`,
      [Math.round(days * 86_400), id, String(limit)],
    )
    // A truth is a number on MariaDB and the string of a BIGINT on MySQL.
    return rows.map(({ id, path, old, final }) => ({
      id,
      path,
      isOld: Number(old) === 1,
      isFinal: Number(final) === 1,
    }))
  }

  /** Deletes those of the photos that are in a final state, and says how many. */
  async deleteFinal(ids: string[]): Promise<number> {
    const { affectedRows } = await this.#database.change(`DELETE FROM images WHERE id IN (?) AND ${FINAL}`, [ids])
    return affectedRows
  }
}

interface ImageRow {
  id: string
  path: string
  status: number
  outcome: string | null
  person: number
  name: string | null
  attempts: number
  rounds: number
  last_error: string | null
  truncated: number
  created_at: Date
  updated_at: Date
  finished_at: Date | null
}

interface FaceRow {
  id: string
  x: number
  y: number
  width: number
  height: number
  score: number
  person: number | null
  name: string | null
  distance: number | null
  decided: number
}

function imageOf(row: ImageRow): Image {
  return {
    id: row.id,
    path: row.path,
    status: statusName(row.status),
    outcome: row.outcome,
    person: row.name === null ? null : { id: row.person, name: row.name },
    attempts: row.attempts,
    rounds: row.rounds,
    lastError: row.last_error,
    truncated: row.truncated === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
  }
}

function faceOf({ id, x, y, width, height, score, person, name, distance, decided }: FaceRow): Face {
  return {
    id,
    box: { x, y, width, height },
    score,
    person: person === null || name === null ? null : { id: person, name },
    distance,
    decided: decided === 1,
  }
}
