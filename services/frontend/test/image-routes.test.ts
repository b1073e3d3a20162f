import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openApiFaults } from '@livepods/testing'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPerson, addPhoto } from './support/rows.ts'

describe('the JSON', () => {
  let front: TestFrontend
  let anna: number
  const ids: string[] = []
  const get = async (url: string) => {
    const answer = await front.app.inject(url)
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
  }

  before(async () => {
    front = await frontend()
    anna = await addPerson(front.database, 'Anna <b>')
    ids.push(
      await addPhoto(front.database, { path: 'a', claimedAgo: 2000, finishedAgo: 1000, status: 2, outcome: 'MISSING' }),
    )
    ids.push(
      await addPhoto(front.database, {
        path: 'b',
        status: 1,
        outcome: 'IDENTIFIED',
        person: anna,
        faces: [{ box: [0.1, 0.2, 0.3, 0.4], person: anna, distance: 0.5 }, {}],
      }),
    )
    ids.push(await addPhoto(front.database, { path: 'c' }))
  })
  after(() => front[Symbol.asyncDispose]())

  test('a list has the newest first and says where it goes on', async () => {
    const first = await get('/v1/images?limit=2')
    assert.equal(first.status, 200)
    assert.equal(first.headers['cache-control'], 'no-store')
    assert.deepEqual(
      [first.body.images.map(({ id }: { id: string }) => id), first.body.next],
      [[ids[2], ids[1]], ids[1]],
    )
    const second = await get(`/v1/images?limit=2&before=${first.body.next}`)
    assert.deepEqual([second.body.images.map(({ path }: { path: string }) => path), second.body.next], [['a'], null])
  })

  test('a list is filtered by state and by person', async () => {
    assert.deepEqual((await get('/v1/images?state=failed')).body.images.length, 1)
    assert.deepEqual((await get('/v1/images?state=identified')).body.images.length, 1)
    // As clients asked before.
    assert.deepEqual((await get('/v1/images?state=known')).body.images.length, 1)
    assert.deepEqual((await get('/v1/images?state=unknown')).body.images.length, 0)
    assert.deepEqual((await get(`/v1/images?person=${anna}`)).body.images[0].id, ids[1])
  })

  test('an image has its faces, with the nearest person of each', async () => {
    const { body } = await get(`/v1/images/${ids[1]}`)
    assert.deepEqual([body.state, body.status], ['identified', 'PROCESSED'])
    assert.deepEqual(body.person, { id: anna, name: 'Anna <b>' })
    assert.deepEqual(body.faces[0].box, { x: 0.1, y: 0.2, width: 0.3, height: 0.4 })
    assert.deepEqual(body.faces[0].nearest, { id: anna, name: 'Anna <b>', distance: 0.5 })
    assert.deepEqual([body.faces[1].known, body.faces[1].nearest], [false, null])
    assert.match(body.createdAt, /^\d{4}-.*Z$/)
  })

  test('what does not fit is 400, what is not there 404, both with a sentence', async () => {
    for (const query of [
      'limit=0',
      'limit=201',
      'state=lost',
      'state=FAILED',
      'status=failed',
      'before=x',
      'person=-1',
      'order=path',
      "before=1'--",
    ]) {
      assert.equal((await get(`/v1/images?${query}`)).status, 400, query)
    }
    const missing = await get('/v1/images/9999999999999999999')
    assert.deepEqual([missing.status, missing.body.detail], [404, 'There is no photo 9999999999999999999.'])
    assert.equal((await get('/v1/images/0x1')).status, 400)
  })

  test('people are listed by their ids', async () => {
    assert.deepEqual((await get('/v1/people')).body, {
      people: [{ id: anna, name: 'Anna <b>', folder: null, images: 0 }],
      next: null,
    })
    assert.equal((await get('/v1/people?after=x')).status, 400)
  })

  test('the API describes itself, and only itself', async () => {
    const { body } = await get('/openapi.json')
    assert.deepEqual(await openApiFaults(body), [])
    assert.deepEqual(Object.keys(body.paths).sort(), [
      '/v1/changes/{id}/undo',
      '/v1/groups/{id}/apart/{other}',
      '/v1/images',
      '/v1/images/{id}',
      '/v1/images/{id}/faces/{face}/person',
      '/v1/people',
      '/v1/people/gone',
      '/v1/people/{id}',
      '/v1/people/{id}/images',
      '/v1/people/{id}/images/{image}',
      '/v1/people/{id}/merge',
    ])
  })
})
