import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { freshDatabase } from '@livepods/testing'
import type { KnownWatch } from '../../src/people/known-watch.ts'
import { LivePeople } from '../../src/people/live-people.ts'
import { PeopleStore } from '../../src/people/people-store.ts'
import { addPerson, addPhoto } from '../support/rows.ts'

async function listening() {
  const db = await freshDatabase()
  const told: string[] = []
  class Store extends PeopleStore {
    away = false
    override async version(): Promise<string> {
      if (this.away) throw new Error('away')
      return await super.version()
    }
  }
  const store = new Store(db.database)
  const known: Pick<KnownWatch, 'state' | 'skipped'> = { state: undefined, skipped: { files: [], total: 0 } }
  const live = new LivePeople({
    events: { clients: 1, send: (event) => told.push(event) },
    store,
    pipeline: { processes: async () => [] },
    known,
    log: createLog('test', 'silent'),
  })
  /** What one poll at the database tells. */
  const poll = async () => {
    await live.tell()
    return told.splice(0)
  }
  return { live, poll, store, database: db.database, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() }
}

test('the first poll is told, and then each change once', async () => {
  await using page = await listening()
  assert.deepEqual(await page.poll(), ['people'])
  assert.deepEqual(await page.poll(), [])
  await addPerson(page.database, 'Anna')
  assert.deepEqual(await page.poll(), ['people'])
  assert.deepEqual(await page.poll(), [])
})

test('what a slow transaction commits with an earlier time is told too', async () => {
  await using page = await listening()
  const late = await addPhoto(page.database, { path: 'late' })
  await page.database.transaction(async (session) => {
    await session.change('UPDATE images SET status = 1, updated_at = UTC_TIMESTAMP(3) WHERE id = ?', [late])
    await addPhoto(page.database, { path: 'quick' })
    await page.poll()
    assert.deepEqual(await page.poll(), [])
  })
  assert.deepEqual(await page.poll(), ['people'])
})

test('a face that joins a group which is there already is told, although its photo was told before', async () => {
  await using page = await listening()
  const { insertId: group } = await page.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  await addPhoto(page.database, {
    path: 'stranger',
    finishedAgo: 0,
    claimedAgo: 10,
    outcome: 'UNIDENTIFIED',
    faces: [{}],
  })
  await page.poll()
  assert.deepEqual(await page.poll(), [])
  await page.database.change('UPDATE faces SET group_id = ?', [group])
  assert.deepEqual(await page.poll(), ['people'])
})

test('a page that was made before the others were told asks again, one made later does not', async () => {
  await using page = await listening()
  const madeAt = Date.now()
  assert.deepEqual(page.live.welcome(madeAt), [])
  await page.poll()
  assert.deepEqual(page.live.welcome(madeAt), [['people', 0]])
  assert.deepEqual(page.live.welcome(Date.now() + 1000), [])
})

test('when the database answers again, pages ask again: what they asked for meanwhile may have failed', async () => {
  await using page = await listening()
  await page.poll()
  page.store.away = true
  assert.deepEqual(await page.poll(), ['fault'])
  page.store.away = false
  assert.deepEqual(await page.poll(), ['people', 'fault'])
  assert.deepEqual(await page.poll(), [])
})
