import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { FolderStore, ImageRoots, uploadPath } from '@livepods/images'
import { STATES, STATUSES } from '@livepods/photo'
import type { Photo, PhotoRoutesOptions } from '@livepods/photo-api'
import { DatabaseUnavailableError } from '@livepods/sql'
import { openApiFaults } from '@livepods/testing'
import { build } from './support/build.ts'

const at = new Date('2026-11-20T10:00:00.000Z')
const photo: Photo = {
  ...{ id: '7', path: 'a.jpg', status: 'PROCESSED', state: 'identified', final: true, outcome: 'IDENTIFIED' },
  ...{ person: { id: 3, name: 'Anna' }, attempts: 1, rounds: 0, claimedBy: undefined, lastError: undefined },
  ...{
    truncated: false,
    incomplete: false,
    moreFaces: 0,
    dueAt: undefined,
    claimedAt: at,
    createdAt: at,
    updatedAt: at,
    finishedAt: at,
  },
  faces: [],
}

const withPhotos = (photos: Partial<PhotoRoutesOptions['photos']>) =>
  build({
    photos: { photo: async () => undefined, page: async () => ({ photos: [], next: undefined }), ...photos },
  }).app

test('a photo is shown with what its schema names, and no more', async () => {
  const app = withPhotos({ photo: async () => ({ ...photo, descriptor: 'secret' }) })
  const response = await app.inject('/v1/images/7')
  assert.equal(response.statusCode, 200)
  assert.deepEqual(Object.keys(response.json()).sort(), [
    ...['attempts', 'claimedAt', 'claimedBy', 'createdAt', 'faces', 'final', 'finishedAt', 'href', 'id', 'incomplete'],
    ...['lastError', 'moreFaces', 'outcome', 'path', 'person', 'rounds', 'state', 'status', 'truncated', 'updatedAt'],
  ])
})

test('an unknown id is 404 for every verb, and an id is digits', async () => {
  const app = withPhotos({})
  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await app.inject({ method, url: '/v1/images/8' })).statusCode, 404)
    assert.equal((await app.inject({ method, url: '/v1/images/18446744073709551616' })).statusCode, 404)
    assert.equal((await app.inject({ method, url: '/v1/images/eight' })).statusCode, 400)
  }
})

test('the words of `status` are taken as `state`, as they were before', async () => {
  const asked: object[] = []
  const app = withPhotos({
    page: async (filter, limit) => {
      asked.push({ ...filter, limit })
      return { photos: [], next: undefined }
    },
  })
  await app.inject('/v1/images')
  await app.inject('/v1/images?state=FAILED&person=3&before=12&limit=10')
  await app.inject('/v1/images?state=failed&status=PENDING')
  assert.deepEqual(asked, [
    { state: undefined, limit: 50 },
    { state: 'FAILED', person: 3, before: '12', limit: 10 },
    { state: 'failed', status: 'PENDING', limit: 50 },
  ])
})

test('the API describes itself as OpenAPI has it', async () => {
  const document = (await withPhotos({}).inject('/openapi.json')).json()
  assert.deepEqual(await openApiFaults(document), [])
  const { state } = Object.fromEntries(
    document.paths['/v1/images'].get.parameters.map((one: { name: string; schema: object }) => [one.name, one.schema]),
  )
  assert.deepEqual(state.enum, [...STATES, ...STATUSES])
})

for (const query of [
  'limit=0',
  'limit=201',
  'state=LOST',
  'state=known',
  'status=failed',
  'person=x',
  'before=-1',
  'colour=red',
]) {
  test(`a list with ${query} is 400`, async () => {
    assert.equal((await withPhotos({}).inject(`/v1/images?${query}`)).statusCode, 400)
  })
}

test('deleting a photo removes its file first, then the row, and answers 204 with nothing', async () => {
  const done: string[] = []
  const { app } = build({
    photos: { photo: async () => photo, page: async () => assert.fail() },
    photoStore: { delete: async (id) => done.push(`row ${id}`) > 0 },
    uploads: { maxBytes: 0, accept: async () => assert.fail(), remove: async (path) => void done.push(`file ${path}`) },
  })
  const response = await app.inject({ method: 'DELETE', url: '/v1/images/7' })
  assert.equal(response.statusCode, 204)
  assert.equal(response.body, '')
  assert.deepEqual(done, ['file a.jpg', 'row 7'])
})

test('while the store is away an upload is not deleted, neither file nor row; when it is back, both are', async () => {
  await using stack = new AsyncDisposableStack()
  const base = await mkdtemp(join(tmpdir(), 'livepods-delete-'))
  stack.defer(() => rm(base, { recursive: true }))
  const root = join(base, 'unknown')
  const path = uploadPath('0'.repeat(64), 'jpeg')
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, 'a picture')
  const deleted: string[] = []
  const { app } = build({
    photos: { photo: async () => ({ ...photo, path }), page: async () => assert.fail() },
    photoStore: { delete: async (id) => deleted.push(id) > 0 },
    uploadStore: new FolderStore(new ImageRoots({ unknownPeople: root, knownPeople: root })),
  })
  await rename(root, `${root}-elsewhere`)
  const refused = await app.inject({ method: 'DELETE', url: '/v1/images/7' })
  assert.equal(refused.statusCode, 503)
  assert.match(refused.json().detail, /cannot be used .* Nothing was deleted; try again\./)
  assert.ok(refused.headers['retry-after'])
  assert.deepEqual(deleted, [])
  await rename(`${root}-elsewhere`, root)
  assert.equal((await app.inject({ method: 'DELETE', url: '/v1/images/7' })).statusCode, 204)
  assert.deepEqual([deleted, existsSync(file)], [['7'], false])
})

test('a database that is away is 503 with Retry-After', async () => {
  const away = async () => Promise.reject(new DatabaseUnavailableError('away', { indeterminate: false }))
  const app = withPhotos({ page: away, photo: away })
  for (const url of ['/v1/images', '/v1/images/7']) {
    const response = await app.inject(url)
    assert.equal(response.statusCode, 503)
    assert.ok(response.headers['retry-after'])
  }
})
