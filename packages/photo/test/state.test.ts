import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshDatabase, type TestDatabase } from '@livepods/testing'
import {
  FINAL,
  IN_STATE,
  isFinal,
  OUTCOMES,
  STATES,
  STATUS,
  STATUSES,
  stateOf,
  statusName,
  statusOf,
} from '../src/index.ts'

interface Row {
  id: string
  status: number
  outcome: string | null
  due_at: Date | null
}

/** What services write, and a kube-cluster-sample processor, which knows no outcome. */
const RIGHT_ROWS = [
  ...STATUSES.map((status) => ({ status: STATUS[status], outcome: null })),
  ...OUTCOMES.map((outcome) => ({ status: statusOf(outcome), outcome })),
]

let db: TestDatabase
before(async () => {
  db = await freshDatabase()
})
after(() => db[Symbol.asyncDispose]())

async function read(condition = 'TRUE'): Promise<Row[]> {
  return await db.database.rows<Row>(`SELECT id, status, outcome, due_at FROM images WHERE ${condition} ORDER BY id`)
}

test('a statement finds the rows of a state that stateOf says so of, and no row is in two states', async () => {
  for (const [n, { status, outcome }] of RIGHT_ROWS.entries())
    await db.database.change('INSERT INTO images (path, status, outcome) VALUES (?, ?, ?)', [
      `state-${n}`,
      status,
      outcome,
    ])
  const rows = await read()
  assert.equal(rows.length, RIGHT_ROWS.length)
  assert.deepEqual(new Set(rows.map(stateOf)), new Set(STATES))
  for (const state of STATES)
    assert.deepEqual(
      await read(IN_STATE[state]),
      rows.filter((row) => stateOf(row) === state),
      state,
    )
})

test('a statement finds the rows that are final, and isFinal the same', async () => {
  for (const [n, outcome] of [null, ...OUTCOMES].entries())
    await db.database.change(
      'INSERT INTO images (path, outcome, due_at) VALUES (?, ?, UTC_TIMESTAMP(3)), (?, ?, NULL)',
      [`due-${n}`, outcome, `done-${n}`, outcome],
    )
  const final = await read(FINAL)
  assert.deepEqual(final, (await read()).filter(isFinal))
  assert.equal(final.length, OUTCOMES.length)
})

test('the numbers of the statuses are those of kube-cluster-sample', () => {
  assert.deepEqual(STATUS, { PENDING: 0, PROCESSED: 1, FAILED: 2, PROCESSING: 3 })
  assert.deepEqual([0, 1, 2, 3].map(statusName), [...STATUSES])
  assert.equal(statusName(7), 'PENDING')
})
