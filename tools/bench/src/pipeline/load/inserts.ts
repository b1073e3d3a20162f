import { randomUUID } from 'node:crypto'
import type { DatabaseOptions } from '@livepods/sql'
import { createConnection } from 'mysql2/promise'
import { type Driven, drive, type Shape } from '../../drive.ts'

// The row that the receiver makes of a single post.
const INSERT = `INSERT INTO images (path, submission, request_id, wake_at)
  VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL 10 SECOND)`

/** Plain single-row INSERTs, prepared, each committed by itself, on as many connections as there are lanes. */
export async function driveInserts({ database, ...shape }: { database: DatabaseOptions } & Shape): Promise<Driven> {
  const { connections: _, ...options } = database
  const connections = await Promise.all(Array.from({ length: shape.lanes }, () => createConnection(options)))
  try {
    return await drive(shape, async (lane, path) => {
      await connections[lane]?.execute(INSERT, [`${path}.jpg`, randomUUID(), randomUUID()])
      return 1
    })
  } finally {
    for (const connection of connections) connection.destroy()
  }
}
