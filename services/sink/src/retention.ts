import { type Log, PeriodicTask } from '@livepods/service'
import { type Database, exclusively, LockTakenError, type Session } from '@livepods/sql'

export interface RetentionOptions {
  database: Database
  days: number
  log: Log
  everyMs?: number
}

const ROWS_PER_DELETE = 5000

/** Deletes expired messages once a minute; of several sinks one at a time does so, for all. */
export class Retention extends PeriodicTask {
  constructor({ database, days, log, everyMs = 60_000 }: RetentionOptions) {
    const run = async (signal: AbortSignal) => {
      const deleted = await deleteExpired(database, days, signal)
      if (deleted > 0) log.info({ deleted }, 'expired messages deleted')
    }
    // The next run finds the same messages.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'failed to delete expired messages')
    super(run, { everyMs, jitter: [0.5, 1.5], onFailure })
    this.start()
  }
}

/**
 * Deletes the messages that were taken more than `days` ago, and returns how many. What their sink has not logged yet is kept: its log is
 * made from it.
 */
export async function deleteExpired(database: Database, days: number, signal?: AbortSignal): Promise<number> {
  try {
    return await exclusively(database, { name: 'message-retention', waitSeconds: 0 }, async (session) => {
      let deleted = 0
      const sinks = await session.rows<{ id: number; logged: string }>('SELECT id, logged FROM message_sinks')
      for (const { id, logged } of sinks)
        while (!signal?.aborted) {
          const some = await deleteFirst(session, {
            sink: id,
            logged: Number(logged),
            seconds: Math.round(days * 86_400),
          })
          deleted += some
          if (some === 0) break
        }
      return deleted
    })
  } catch (error) {
    if (error instanceof LockTakenError) return 0
    throw error
  }
}

/** Deletes the first messages of a sink where the very first has expired: a run with nothing to do reads one row. */
async function deleteFirst(
  session: Session,
  { sink, logged, seconds }: { sink: number; logged: number; seconds: number },
): Promise<number> {
  const [first] = await session.rows<{ position: string; expired: number }>(
    `SELECT position, taken_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS expired FROM messages
     WHERE sink_id = ? ORDER BY position LIMIT 1`,
    [seconds, sink],
  )
  if (!first || Number(first.expired) !== 1) return 0
  const from = Number(first.position)
  const { affectedRows } = await session.change(
    `DELETE FROM messages WHERE sink_id = ? AND position BETWEEN ? AND ?
     AND taken_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND`,
    [sink, from, Math.min(from + ROWS_PER_DELETE - 1, logged), seconds],
  )
  return affectedRows
}
