import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DueStore } from '@livepods/image-processor/due-store'
import { freshDatabase } from '@livepods/testing'
import { fill } from '../../src/pipeline/fill.ts'

test('a table is filled with so many photos as are asked for, none of them due', async () => {
  for (const [state, pending] of [
    ['finished', 0],
    ['pending, not due', 2500],
  ] as const) {
    await using fresh = await freshDatabase({ connections: 1 })
    const told: number[] = []
    await fill(fresh.database, { rows: 2500, state }, (rows) => told.push(rows))
    const [row] = await fresh.database.rows<{ n: string; paths: string }>(
      'SELECT COUNT(*) AS n, COUNT(DISTINCT path) AS paths FROM images',
    )
    assert.deepEqual({ ...row }, { n: '2500', paths: '2500' })
    assert.deepEqual(told, [0, 1000, 2000])
    assert.equal((await new DueStore(fresh.database).pending()).images, pending)
    const woken = await fresh.database.rows('SELECT id FROM images WHERE wake_at <= UTC_TIMESTAMP(3)')
    assert.equal(woken.length, 0)
  }
})
