import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFinal, OUTCOMES, FINAL as SERVICES_FINAL, STATUS } from '@livepods/photo'
import { freshDatabase } from '@livepods/testing'
import { Audit, FINAL } from '../../src/faces/audit.ts'

test('the audit and the services agree on which photos are final, each by its own rule', async () => {
  await using db = await freshDatabase()
  const dues = ['NULL', 'UTC_TIMESTAMP(3)', 'UTC_TIMESTAMP(3) + INTERVAL 1 HOUR']
  for (const status of Object.values(STATUS))
    for (const outcome of [null, ...OUTCOMES])
      for (const due of dues)
        await db.database.change(`INSERT INTO images (path, status, outcome, due_at) VALUES (?, ?, ?, ${due})`, [
          `${status} ${outcome} ${due}`,
          status,
          outcome,
        ])
  const rows = await db.database.rows<{ path: string; outcome: string | null; due_at: Date | null }>(
    'SELECT path, outcome, due_at FROM images ORDER BY id',
  )
  const final = rows.filter(isFinal).map(({ path }) => path)
  assert.equal(final.length, Object.keys(STATUS).length * OUTCOMES.length)
  for (const condition of [FINAL, SERVICES_FINAL]) {
    const found = await db.database.rows<{ path: string }>(`SELECT path FROM images WHERE ${condition} ORDER BY id`)
    assert.deepEqual(
      found.map(({ path }) => path),
      final,
    )
  }
  const audited = (await new Audit(db.database).rows()).filter((row) => row.isFinal).map(({ path }) => path)
  assert.deepEqual(audited, final)
})
