import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Database, migrate } from '../src/index.ts'
import { freshServerDatabase } from './support/server.ts'

// Statements that the schema was made for and that no store holds yet: they prove that the tables can carry them on every server.

async function migrated() {
  const fresh = await freshServerDatabase()
  await migrate(fresh.database)
  return fresh
}

async function addImage(database: Database, path: string, assignments: string): Promise<string> {
  const { insertId } = await database.change('INSERT INTO images (path) VALUES (?)', [path])
  await database.change(`UPDATE images SET ${assignments} WHERE id = ?`, [insertId])
  return insertId
}

async function addFace(database: Database, imageId: string, values: Record<string, number | Buffer | string> = {}) {
  const all = { image_id: imageId, x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0.9, ...values }
  const columns = Object.keys(all).join(', ')
  return (await database.change(`INSERT INTO faces (${columns}) VALUES ?`, [[Object.values(all)]])).insertId
}

async function one<Row>(database: Database, sql: string, id: string): Promise<Row> {
  const [row] = await database.rows<Row>(sql, [id])
  assert.ok(row)
  return row
}

const FINAL = 'due_at = NULL, wake_at = NULL, finished_at = UTC_TIMESTAMP(3)'

test('paths differ by case, and the same path again leaves the row as it is', async () => {
  await using fresh = await migrated()
  const accept = `INSERT INTO images (path, submission, idempotency_key, request_id, wake_at)
    VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL 10 SECOND), (?, ?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL 10 SECOND)
    ON DUPLICATE KEY UPDATE path = path`
  const submit = (submission: string) =>
    fresh.database.change(accept, ['/u/a.jpg', submission, null, 'r', '/u/A.jpg', submission, null, 'r'])
  await submit('first')
  await submit('second')
  const rows = await fresh.database.rows<{ submission: string }>(
    'SELECT id, path, submission, status FROM images WHERE path IN (?)',
    [['/u/a.jpg', '/u/A.jpg']],
  )
  assert.deepEqual(
    rows.map(({ submission }) => submission),
    ['first', 'first'],
  )
})

test('a re-match takes faces of older galleries in batches, oldest first, and none that a person decided', async () => {
  await using fresh = await migrated()
  const { database } = fresh
  const image = await addImage(database, 'a.jpg', `outcome = 'UNIDENTIFIED', ${FINAL}`)
  const newer = await addFace(database, image, { generation: 2 })
  const older = await addFace(database, image, { generation: 1, descriptor: Buffer.alloc(512, 1) })
  await addFace(database, image, { generation: 1, decided: 1 })
  await addFace(database, image, { generation: 3 })
  const rows = await database.rows<{ id: string; descriptor: Buffer | null }>(
    'SELECT id, image_id, descriptor FROM faces WHERE decided = 0 AND generation < ? ORDER BY generation, id LIMIT 1000',
    [3],
  )
  assert.deepEqual(
    rows.map(({ id }) => id),
    [older, newer],
  )
  assert.equal(rows[0]?.descriptor?.length, 512)
})

test('a re-match names a face and its photo once per generation, and leaves what is being processed alone', async () => {
  await using fresh = await migrated()
  const { database } = fresh
  const { insertId: anna } = await database.change("INSERT INTO person (name, folder) VALUES ('Anna', 'anna')")
  const image = await addImage(database, 'a.jpg', `outcome = 'UNIDENTIFIED', generation = 1, ${FINAL}`)
  const busy = await addImage(database, 'b.jpg', "status = 3, outcome = NULL, generation = 1, token = 't'")
  const face = await addFace(database, image, { generation: 1 })
  const decided = await addFace(database, image, { generation: 1, decided: 1 })
  const name = (id: string) =>
    database.change(
      `UPDATE faces SET person_id = ?, distance = ?, runner_up_id = ?, runner_up_distance = ?, generation = ?
       WHERE id = ? AND decided = 0`,
      [anna, 0.4, null, null, 2, id],
    )
  assert.deepEqual([(await name(face)).affectedRows, (await name(decided)).affectedRows], [1, 0])
  const finish = (id: string) =>
    database.change(
      `UPDATE images SET status = ?, outcome = ?, person = ?, generation = ?, finished_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3)
       WHERE id = ? AND due_at IS NULL AND outcome IN ('IDENTIFIED', 'UNIDENTIFIED') AND generation < ?`,
      [1, 'IDENTIFIED', anna, 2, id, 2],
    )
  assert.equal((await finish(image)).affectedRows, 1)
  assert.equal((await finish(image)).affectedRows, 0)
  assert.equal((await finish(busy)).affectedRows, 0)
})

test('one worker at a time holds a named lock', async () => {
  await using fresh = await migrated()
  await fresh.database.session(async (first) => {
    const lock = 'SELECT GET_LOCK(?, 0) AS held'
    const name = fresh.options.database
    assert.equal(Number((await first.rows<{ held: number }>(lock, [name]))[0]?.held), 1)
    assert.equal(Number((await fresh.database.rows<{ held: number }>(lock, [name]))[0]?.held), 0)
    await first.rows('SELECT RELEASE_LOCK(?)', [name])
  })
})

test('a changed engine makes final photos due again, and no others', async () => {
  await using fresh = await migrated()
  const { database } = fresh
  const final = await addImage(database, 'a.jpg', `status = 1, outcome = 'IDENTIFIED', attempts = 3, ${FINAL}`)
  const busy = await addImage(database, 'b.jpg', "status = 3, attempts = 3, token = 't'")
  const { affectedRows } = await database.change(
    `UPDATE images SET due_at = UTC_TIMESTAMP(3), wake_at = UTC_TIMESTAMP(3), attempts = 0, outcome = NULL, status = 0,
       updated_at = UTC_TIMESTAMP(3) WHERE id IN (?) AND due_at IS NULL`,
    [[final, busy]],
  )
  assert.equal(affectedRows, 1)
  const row = await one<{ status: number; due: unknown }>(
    database,
    'SELECT status, due_at <= UTC_TIMESTAMP(3) AS due FROM images WHERE id = ?',
    final,
  )
  assert.deepEqual([row.status, Number(row.due)], [0, 1])
})

test('a group names its faces, survives its person, and splits', async () => {
  await using fresh = await migrated()
  const { database } = fresh
  const image = await addImage(database, 'a.jpg', FINAL)
  const { insertId: group } = await database.change('INSERT INTO face_groups () VALUES ()')
  const faces = [
    await addFace(database, image, { group_id: group }),
    await addFace(database, image, { group_id: group }),
  ]
  const { insertId: person } = await database.change("INSERT INTO person (name) VALUES ('Anna')")
  await database.change('UPDATE face_groups SET person_id = ? WHERE id = ?', [person, group])
  const named = await database.rows(
    'SELECT faces.id FROM faces JOIN face_groups ON face_groups.id = faces.group_id WHERE face_groups.person_id = ?',
    [person],
  )
  assert.equal(named.length, 2)
  await database.change('DELETE FROM person WHERE id = ?', [person])
  assert.equal(
    (await one<{ person_id: unknown }>(database, 'SELECT * FROM face_groups WHERE id = ?', group)).person_id,
    null,
  )

  const { insertId: apart } = await database.change('INSERT INTO face_groups () VALUES ()')
  await database.change('UPDATE faces SET group_id = ?, decided = 1 WHERE id = ?', [apart, faces[1] ?? ''])
  await database.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [group, apart])
  await assert.rejects(database.change('INSERT INTO group_apart (a, b) VALUES (?, ?)', [group, apart]), {
    code: 'ER_DUP_ENTRY',
  })
})

test('a deleted photo takes its faces along; a deleted person leaves them unnamed', async () => {
  await using fresh = await migrated()
  const { database } = fresh
  const { insertId: person } = await database.change("INSERT INTO person (name) VALUES ('Anna')")
  await database.change("INSERT INTO person_images (image_name, person_id) VALUES ('anna.jpg', ?)", [person])
  const [kept, gone] = [await addImage(database, 'a.jpg', FINAL), await addImage(database, 'b.jpg', FINAL)]
  const face = await addFace(database, kept, { person_id: Number(person) })
  await addFace(database, gone, { person_id: Number(person) })
  await database.change('DELETE FROM images WHERE id = ?', [gone])
  assert.equal((await database.rows('SELECT id FROM faces')).length, 1)
  await database.change('DELETE FROM person WHERE id = ?', [person])
  assert.equal((await one<{ person_id: unknown }>(database, 'SELECT * FROM faces WHERE id = ?', face)).person_id, null)
  assert.equal((await database.rows('SELECT id FROM person_images')).length, 0)
})

test('what a person did is kept for undo, as JSON', async () => {
  await using fresh = await migrated()
  const { insertId } = await fresh.database.change(
    'INSERT INTO face_changes (actor, action, `before`) VALUES (?, ?, ?)',
    ['anna', 'name', JSON.stringify({ faces: [{ id: 7, person_id: null }] })],
  )
  const row = await one<{ id: number; undone_at: unknown }>(
    fresh.database,
    "SELECT JSON_EXTRACT(`before`, '$.faces[0].id') AS id, undone_at FROM face_changes WHERE id = ?",
    insertId,
  )
  assert.deepEqual([Number(row.id), row.undone_at], [7, null])
})

test('the audit counts each final state of a photo once, and a second one of the same generation and retry as twice', async (context) => {
  await using fresh = await migrated()
  const { database } = fresh
  await database.change(
    'CREATE TABLE audit_effects (id BIGINT UNSIGNED, generation INT, rounds INT, outcome VARCHAR(16), KEY (id))',
  )
  try {
    await database.change(`CREATE TRIGGER audit AFTER UPDATE ON images FOR EACH ROW INSERT INTO audit_effects
      SELECT NEW.id, NEW.generation, NEW.rounds, NEW.outcome FROM (SELECT 1) d
      WHERE NEW.outcome IS NOT NULL AND NEW.due_at IS NULL AND NOT (NEW.finished_at <=> OLD.finished_at)`)
  } catch (error) {
    // A server of somebody else's, with a binary log and without SUPER for us.
    if ((error as { errno?: number }).errno !== 1419) throw error
    return context.diagnostic('this server does not let us create triggers')
  }
  const image = await addImage(database, 'a.jpg', "status = 3, token = 't'")
  const finish = (second: number) =>
    database.change(
      `UPDATE images SET status = 1, outcome = 'IDENTIFIED', token = NULL, due_at = NULL, wake_at = NULL,
         finished_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE id = ?`,
      [second, image],
    )
  const twice = () => database.rows('SELECT id FROM audit_effects GROUP BY id, generation, rounds HAVING COUNT(*) > 1')
  await finish(0)
  await database.change('UPDATE images SET person = 3 WHERE id = ?', [image])
  assert.deepEqual(await twice(), [])
  await finish(1)
  assert.equal((await twice()).length, 1)
})
