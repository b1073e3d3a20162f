import { FINAL } from '@livepods/photo'
import type { Database } from '@livepods/sql'

/**
 * Reads and deletes photos for the orphan cleaner, retention and DELETE. Every method rejects with DatabaseUnavailableError when a retry
 * may succeed.
 */
export class PhotoStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Rejects while the database cannot serve: unreachable, or not migrated yet. */
  async ping(): Promise<void> {
    await this.#database.rows('SELECT id FROM images LIMIT 1')
  }

  /** Deletes the photo and its faces; false when there is none. */
  async delete(id: string): Promise<boolean> {
    const { affectedRows } = await this.#database.change('DELETE FROM images WHERE id = ?', [id])
    return affectedRows > 0
  }

  /** Those of the paths that have a row. */
  async existing(paths: string[]): Promise<Set<string>> {
    const rows = await this.#database.rows<{ path: string }>('SELECT path FROM images WHERE path IN (?)', [paths])
    return new Set(rows.map(({ path }) => path))
  }

  /** The first `limit` photos with a greater id, ordered by id; `isOld`: accepted more than `days` ago. */
  async pageAfter(id: string, { days, limit }: { days: number; limit: number }) {
    const rows = await this.#database.rows<{ id: string; path: string; old: unknown; final: unknown }>(
      `SELECT id, path, created_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS old, ${FINAL} AS final
        FROM images WHERE id > ? ORDER BY id LIMIT ?`,
      [Math.round(days * 86_400), id, String(limit)],
    )
    // A boolean is a number on MariaDB, and the string of a BIGINT on MySQL.
    return rows.map(({ id, path, old, final }) => ({
      id,
      path,
      isOld: Number(old) === 1,
      isFinal: Number(final) === 1,
    }))
  }

  /** Deletes those of the photos that are in a final state, and returns how many. */
  async deleteFinal(ids: string[]): Promise<number> {
    const { affectedRows } = await this.#database.change(`DELETE FROM images WHERE id IN (?) AND ${FINAL}`, [ids])
    return affectedRows
  }
}
