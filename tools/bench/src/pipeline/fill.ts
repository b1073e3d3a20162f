import { STATUS } from '@livepods/photo'
import type { Database } from '@livepods/sql'
import { NEWEST_FINDER } from '../looked-at.ts'

export interface Fill {
  rows: number
  state: 'finished' | 'pending, not due'
}

const FIRST_ROWS = 1000

const COLUMNS: Record<Fill['state'], string> = {
  finished: `${STATUS.PROCESSED}, 'IDENTIFIED', NULL, NULL, UTC_TIMESTAMP(3), ${NEWEST_FINDER}`,
  'pending, not due': `${STATUS.PENDING}, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3) + INTERVAL 1 DAY, NULL, 0`,
}

/** Fills the table `images` with so many rows, each INSERT … SELECT as many again; `onRows` is told how many there are. */
export async function fill(database: Database, { rows, state }: Fill, onRows: (rows: number) => void): Promise<void> {
  for (let have = 0; have < rows; ) {
    onRows(have)
    const more = Math.min(rows - have, Math.max(have, FIRST_ROWS))
    const source =
      have === 0
        ? `(WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < ${more}) SELECT id FROM n) AS n`
        : 'images'
    await database.change(
      `INSERT INTO images (path, status, outcome, due_at, wake_at, finished_at, finder)
         SELECT CONCAT('photo-', LPAD(${have} + ROW_NUMBER() OVER (ORDER BY id), 9, '0'), '.jpg'), ${COLUMNS[state]}
         FROM ${source} ORDER BY id LIMIT ${more}`,
    )
    have += more
  }
  // What a table of this age has too: statistics of now.
  await database.rows('ANALYZE TABLE images')
}
