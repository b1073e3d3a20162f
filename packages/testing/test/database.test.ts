import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase } from '../src/index.ts'

test('each test gets a migrated database of its own', async () => {
  await using one = await freshDatabase()
  await using other = await freshDatabase()
  await one.database.change("INSERT INTO person (name) VALUES ('Anna')")
  assert.equal((await one.database.rows('SELECT * FROM person')).length, 1)
  assert.equal((await other.database.rows('SELECT * FROM person')).length, 0)
})
