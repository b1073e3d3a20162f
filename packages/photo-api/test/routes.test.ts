import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type App, createApp } from '@livepods/http'
import { createLog } from '@livepods/service'
import { freshDatabase, openApiFaults, type TestDatabase } from '@livepods/testing'
import { PhotoReader, photoRoutes } from '../src/index.ts'

let db: TestDatabase
let app: App
const ids: Record<string, string> = {}

before(async () => {
  db = await freshDatabase()
  app = createApp({ log: createLog('test', 'silent'), api: { title: 'photos', description: 'Photos.' } })
  app.register(async (routes: App) =>
    photoRoutes(routes, {
      photos: new PhotoReader(db.database),
      formerStates: { known: 'identified', FAILED: 'FAILED' },
    }),
  )
  const add = async (path: string, assignments: string) => {
    const { insertId: id } = await db.database.change('INSERT INTO images (path) VALUES (?)', [path])
    await db.database.change(`UPDATE images SET ${assignments} WHERE id = ?`, [id])
    ids[path] = id
  }
  const done = 'due_at = NULL, wake_at = NULL, finished_at = UTC_TIMESTAMP(3)'
  await db.database.change("INSERT INTO person (id, name) VALUES (1, 'Anna'), (2, 'Boris')")
  await add('waiting', "last_error = 'busy'")
  await add('running', "status = 3, claimed_by = 'worker.7', claimed_at = UTC_TIMESTAMP(3), attempts = 1")
  await add('anna', `status = 1, outcome = 'IDENTIFIED', person = 1, incomplete = 1, more_faces = 3, ${done}`)
  await add('stranger', `outcome = 'UNIDENTIFIED', ${done}`)
  await add('landscape', `status = 2, outcome = 'NO_FACE', ${done}`)
  await add('broken', `status = 2, outcome = 'UNREADABLE', ${done}`)
  await db.database.change(
    `INSERT INTO faces (image_id, x, y, width, height, score, quality, person_id, distance, runner_up_id, runner_up_distance, decided)
      VALUES ?`,
    [
      [
        [ids.anna, 0.25, 0.5, 0.125, 0.0625, 0.99, 0.25, 1, 0.41, 2, 0.7, 0],
        [ids.anna, 0.5, 0.5, 0.125, 0.0625, 0.9, null, 2, null, null, null, 1],
        [ids.stranger, 0.25, 0.5, 0.125, 0.0625, 0.99, null, null, null, 2, 0.8, 0],
      ],
    ],
  )
})
after(async () => {
  await app.close()
  await db[Symbol.asyncDispose]()
})

const get = async (url: string) => {
  const response = await app.inject(url)
  return { status: response.statusCode, headers: response.headers, body: response.json() }
}
const pathsOf = async (query: string) =>
  (await get(`/v1/images?${query}`)).body.images.map(({ path }: { path: string }) => path)

test('a photo has all that is known of it and of its faces', async () => {
  const { status, headers, body } = await get(`/v1/images/${ids.anna}`)
  assert.deepEqual([status, headers['cache-control']], [200, 'no-store'])
  const { createdAt, finishedAt, updatedAt, faces, ...photo } = body
  for (const time of [createdAt, finishedAt, updatedAt]) assert.match(time, /^2\d{3}-.*Z$/)
  assert.deepEqual(photo, {
    ...{ id: ids.anna, href: `/v1/images/${ids.anna}`, path: 'anna', status: 'PROCESSED', state: 'identified' },
    ...{ final: true, outcome: 'IDENTIFIED', person: { id: 1, name: 'Anna' }, attempts: 0, rounds: 0 },
    ...{ claimedBy: null, claimedAt: null, lastError: null, truncated: false, incomplete: true, moreFaces: 3 },
  })
  const box = { x: 0.25, y: 0.5, width: 0.125, height: 0.0625 }
  assert.deepEqual(faces, [
    {
      ...{
        id: faces[0].id,
        box,
        score: 0.99,
        quality: 0.25,
        known: true,
        decided: false,
        person: { id: 1, name: 'Anna' },
      },
      ...{ distance: 0.41, nearest: { id: 1, name: 'Anna', distance: 0.41 } },
      runnerUp: { id: 2, name: 'Boris', distance: 0.7 },
    },
    {
      ...{ id: faces[1].id, box: { ...box, x: 0.5 }, score: 0.9, quality: null, known: true, decided: true },
      ...{ person: { id: 2, name: 'Boris' }, distance: null, nearest: { id: 2, name: 'Boris', distance: null } },
      runnerUp: null,
    },
  ])
})

test('who is nearest to a stranger is told, and not taken for them', async () => {
  const { faces } = (await get(`/v1/images/${ids.stranger}`)).body
  const { known, person, distance, nearest } = faces[0]
  assert.deepEqual([known, person, distance], [false, null, null])
  assert.deepEqual(nearest, { id: 2, name: 'Boris', distance: 0.8 })
})

test('a list has the same as each photo alone, the newest first', async () => {
  const { images, next } = (await get('/v1/images')).body
  assert.equal(next, null)
  assert.deepEqual(
    images.map(({ path }: { path: string }) => path),
    Object.keys(ids).reverse(),
  )
  for (const image of images) assert.deepEqual((await get(image.href)).body, image)
})

test('whoever waits for `final` is told of every end, also of a stranger’s, whose status stays PENDING', async () => {
  const { images } = (await get('/v1/images')).body
  assert.deepEqual(
    images.map(({ path, status, state, final }: Record<string, unknown>) => [path, status, state, final]),
    [
      ['broken', 'FAILED', 'failed', true],
      ['landscape', 'FAILED', 'no-face', true],
      ['stranger', 'PENDING', 'unidentified', true],
      ['anna', 'PROCESSED', 'identified', true],
      ['running', 'PROCESSING', 'processing', false],
      ['waiting', 'PENDING', 'pending', false],
    ],
  )
})

test('`final` is taken back when the photo is due again', async () => {
  await db.database.change("INSERT INTO images (path, status, outcome, due_at) VALUES ('again', 2, 'MISSING', NULL)")
  const final = async () => (await get('/v1/images?limit=1')).body.images[0].final
  assert.equal(await final(), true)
  await db.database.change(
    "UPDATE images SET status = 0, outcome = NULL, due_at = UTC_TIMESTAMP(3) WHERE path = 'again'",
  )
  assert.equal(await final(), false)
  await db.database.change("DELETE FROM images WHERE path = 'again'")
})

test('a state is one of six, a status one of four, and what a service has taken before it takes still', async () => {
  assert.deepEqual(await pathsOf('state=unidentified'), ['stranger'])
  assert.deepEqual(await pathsOf('state=failed'), ['broken'])
  assert.deepEqual(await pathsOf('state=no-face'), ['landscape'])
  assert.deepEqual(await pathsOf('status=PENDING'), ['stranger', 'waiting'])
  assert.deepEqual(await pathsOf('status=PENDING&state=pending'), ['waiting'])
  assert.deepEqual(await pathsOf('status=FAILED&state=pending'), [])
  assert.deepEqual(await pathsOf('state=known'), ['anna'])
  assert.deepEqual(await pathsOf('state=FAILED'), ['broken', 'landscape'])
  assert.deepEqual(await pathsOf('person=1&state=identified'), ['anna'])
  assert.deepEqual(await pathsOf('person=1&status=FAILED'), [])
})

test('a full page names where the next one begins', async () => {
  const { images, next } = (await get('/v1/images?limit=4')).body
  assert.equal(next, images[3].id)
  assert.deepEqual(await pathsOf(`limit=4&before=${next}`), ['running', 'waiting'])
})

test('what does not fit is 400, what is not there 404, both with a sentence', async () => {
  for (const query of ['limit=0', 'limit=201', 'state=unknown', 'status=failed', 'before=x', 'person=0', 'order=path'])
    assert.equal((await get(`/v1/images?${query}`)).status, 400, query)
  assert.equal((await get('/v1/images/0x1')).status, 400)
  const { status, body } = await get('/v1/images/99999999999999999999')
  assert.deepEqual([status, body.detail], [404, 'There is no photo 99999999999999999999.'])
})

test('every closed set is an enum of the description, which is right OpenAPI', async () => {
  const { body } = await get('/openapi.json')
  assert.deepEqual(await openApiFaults(body), [])
  const { parameters, responses } = body.paths['/v1/images'].get
  const sets = Object.fromEntries(
    parameters.map((parameter: { name: string; schema: { enum?: string[] } }) => [
      parameter.name,
      parameter.schema.enum,
    ]),
  )
  const states = ['pending', 'processing', 'identified', 'unidentified', 'no-face', 'failed']
  const statuses = ['PENDING', 'PROCESSED', 'FAILED', 'PROCESSING']
  assert.deepEqual([sets.state, sets.status], [[...states, 'known', 'FAILED'], statuses])
  const { properties } = responses['200'].content['application/json'].schema.properties.images.items
  assert.deepEqual([properties.state.enum, properties.status.enum], [states, statuses])
  assert.deepEqual(properties.outcome.anyOf[0].enum, [
    ...['IDENTIFIED', 'UNIDENTIFIED', 'NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED', 'EXHAUSTED'],
  ])
})
