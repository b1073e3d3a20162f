import { createLog } from '@livepods/service'
import type { Database, Value } from '@livepods/sql'
import { freshDatabase } from '@livepods/testing'
import { Completion } from '../../src/completion.ts'
import { DueStore } from '../../src/due-store.ts'
import { GalleryStore } from '../../src/gallery-store.ts'
import { PhotoStore } from '../../src/photo-store.ts'

export const log = createLog('test', 'silent')

export interface ImageRow {
  id: string
  path: string
  person: number
  status: number
  outcome: string | null
  attempts: number
  rounds: number
  generation: number
  truncated: number
  incomplete: number
  more_faces: number
  token: string | null
  due: number | null
  wake: number | null
  finished_at: Date | null
  last_error: string | null
}

/** A fresh database with the stores on it; `maxAttempts` 5, leases of 30 s. */
export async function stores() {
  const fresh = await freshDatabase()
  const { database } = fresh
  return {
    ...storesOf(database),
    database,
    options: fresh.options,
    environment: fresh.environment,
    add: (path: string) => addImage(database, path),
    row: (id: string) => rowOf(database, id),
    set: (id: string, assignments: string, values: Value[] = []) => setRow(database, id, assignments, values),
    [Symbol.asyncDispose]: () => fresh[Symbol.asyncDispose](),
  }
}

/** The stores of a worker of its own, whose leases last `leaseMs`. */
export function storesOf(database: Database, { leaseMs = 30_000 } = {}) {
  const photoStore = new PhotoStore({ database, maxAttempts: 5, leaseMs })
  const galleries = new GalleryStore(database)
  const completion = new Completion({ database, photoStore, galleries })
  return { photoStore, galleries, completion, due: new DueStore(database) }
}

/** The same with that many photos that are due; `ids` in their order. */
export async function withImages(count: number) {
  const part = await stores()
  for (let start = 0; start < count; start += 5000) {
    const paths = Array.from({ length: Math.min(5000, count - start) }, (_, i) => [`${start + i}.jpg`])
    await part.database.change('INSERT INTO images (path) VALUES ?', [paths])
  }
  const rows = await part.database.rows<{ id: string }>('SELECT id FROM images ORDER BY id')
  const ids = rows.map(({ id }) => id)
  return { ...part, ids, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}

/** A row as a kube-cluster-sample receiver inserts it; returns its id. */
export async function addImage(database: Database, path: string): Promise<string> {
  const { insertId } = await database.change('INSERT INTO images (path, person, status) VALUES (?, -1, 0)', [path])
  return insertId
}

/** The row, with `due` and `wake` in seconds from now. */
export async function rowOf(database: Database, id: string): Promise<ImageRow> {
  const [row] = await database.rows<ImageRow>(
    `SELECT *, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), due_at) / 1e6 AS due,
       TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), wake_at) / 1e6 AS wake FROM images WHERE id = ?`,
    [id],
  )
  if (!row) throw new Error(`There is no image ${id}.`)
  return { ...row, due: numberOrNull(row.due), wake: numberOrNull(row.wake) }
}

async function setRow(database: Database, id: string, assignments: string, values: Value[]): Promise<void> {
  await database.change(`UPDATE images SET ${assignments} WHERE id = ?`, [...values, id])
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
