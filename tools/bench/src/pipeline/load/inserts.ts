import { randomUUID } from 'node:crypto'
import type { DatabaseOptions } from '@livepods/sql'
import { type Connection, createConnection } from 'mysql2/promise'
import { type Drive, type Driven, drive } from './drive.ts'

// The row that the receiver makes of a single post.
const INSERT = `INSERT INTO images (path, submission, request_id, wake_at)
  VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL 10 SECOND)`

/** Plain single-row INSERTs, prepared, each committed by itself, on as many connections as there are lanes. */
export async function driveInserts(
  { connections: _, ...database }: DatabaseOptions,
  { prefix, ...options }: { prefix: string } & Omit<Drive, 'send'>,
): Promise<Driven> {
  const connections: Connection[] = await Promise.all(
    Array.from({ length: options.lanes }, () => createConnection(database)),
  )
  try {
    return await drive({
      ...options,
      send: async (lane, n) => {
        await connections[lane]?.execute(INSERT, [`${prefix}/photo-${n}.jpg`, randomUUID(), randomUUID()])
        return 1
      },
    })
  } finally {
    for (const connection of connections) connection.destroy()
  }
}
