import { STATUS } from '@livepods/photo'
import type { Database, Value } from '@livepods/sql'
import { NEWEST_FINDER } from '../looked-at.ts'

/** Photos that were looked at, with one face each of nobody. */
export interface StoredFaces {
  /** Of the n-th photo; not yet taken. */
  path: (n: number) => string
  count: number
  descriptor: (n: number) => Float32Array
  engine: string
  /** The group of strangers that the n-th face is in. */
  group: (n: number) => string
}

const ROWS = 1000

/** Writes them as the image-processor leaves them, and resolves with the id of the first photo. */
export async function storeFaces(database: Database, faces: StoredFaces): Promise<string> {
  let first: string | undefined
  for (let at = 0; at < faces.count; at += ROWS) {
    const numbers = Array.from({ length: Math.min(ROWS, faces.count - at) }, (_, i) => at + i)
    const images = await database.change(
      `INSERT INTO images (path, status, outcome, due_at, wake_at, claimed_at, finished_at, updated_at, finder)
         VALUES ${repeated(numbers.length, `(?, ${STATUS.PENDING}, 'UNIDENTIFIED', NULL, NULL, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ${NEWEST_FINDER})`)}`,
      numbers.map(faces.path),
    )
    first ??= images.insertId
    // One INSERT of so many rows gets ids without a gap.
    const ids = numbers.map((n) => BigInt(images.insertId) + BigInt(n - at))
    await database.change(
      `INSERT INTO faces (image_id, x, y, width, height, score, descriptor, engine, group_id)
         VALUES ${repeated(numbers.length, '(?, 0.4, 0.3, 0.2, 0.3, 0.9, ?, ?, ?)')}`,
      numbers.flatMap((n, i): Value[] => [
        `${ids[i]}`,
        Buffer.from(faces.descriptor(n).buffer),
        faces.engine,
        faces.group(n),
      ]),
    )
  }
  return first ?? '0'
}

/** New groups of strangers. */
export async function addGroups(database: Database, count: number): Promise<string[]> {
  const groups: string[] = []
  for (let i = 0; i < count; i++)
    groups.push((await database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')).insertId)
  return groups
}

const repeated = (count: number, row: string) => Array.from({ length: count }, () => row).join(', ')
