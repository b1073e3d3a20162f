import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { FolderStore, ImageRoots, uploadPath } from '@livepods/images'
import { DatabaseUnavailable } from '@livepods/sql'
import type { Image } from '../src/image.ts'
import type { Images } from '../src/image-routes.ts'
import { build } from './support/parts.ts'

const image: Image = {
  id: '7',
  path: 'a.jpg',
  status: 'PROCESSED',
  outcome: 'IDENTIFIED',
  person: { id: 3, name: 'Anna' },
  attempts: 1,
  rounds: 0,
  lastError: null,
  truncated: false,
  createdAt: new Date('2026-11-20T10:00:00.000Z'),
  updatedAt: new Date('2026-11-20T10:00:01.000Z'),
  finishedAt: null,
}
const face = {
  id: '9',
  box: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 },
  score: 0.9,
  person: null,
  distance: null,
  decided: false,
}

const withImages = (images: Partial<Images>) =>
  build({ images: { get: async () => undefined, list: async () => [], delete: async () => false, ...images } }).app

test('a photo is shown with its faces and nothing that its schema does not name', async () => {
  const hidden = { descriptor: 'secret' }
  const app = withImages({ get: async () => ({ image, faces: [{ ...face, ...hidden }] }) })
  const response = await app.inject('/v1/images/7')
  assert.equal(response.statusCode, 200)
  assert.deepEqual(response.json(), {
    ...image,
    createdAt: '2026-11-20T10:00:00.000Z',
    updatedAt: '2026-11-20T10:00:01.000Z',
    href: '/v1/images/7',
    faces: [face],
  })
})

test('an unknown id is 404 for every verb, and an id is digits', async () => {
  const app = withImages({})
  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await app.inject({ method, url: '/v1/images/8' })).statusCode, 404)
    assert.equal((await app.inject({ method, url: '/v1/images/18446744073709551616' })).statusCode, 404)
    assert.equal((await app.inject({ method, url: '/v1/images/eight' })).statusCode, 400)
  }
})

test('a full page names where the next one begins, the last page does not', async () => {
  const all = ['9', '8', '7'].map((id) => ({ ...image, id }))
  const app = withImages({ list: async ({ limit }) => all.slice(0, limit) })
  const first = (await app.inject('/v1/images?limit=2')).json()
  assert.deepEqual(
    first.images.map(({ id }: Image) => id),
    ['9', '8'],
  )
  assert.equal(first.next, '8')
  assert.equal((await app.inject('/v1/images?limit=3')).json().next, null)
})

test('filters reach the store as they are meant', async () => {
  const asked: object[] = []
  const app = withImages({
    list: async (filter) => {
      asked.push(filter)
      return []
    },
  })
  await app.inject('/v1/images')
  await app.inject('/v1/images?state=FAILED&person=3&before=12&limit=10')
  assert.deepEqual(asked, [{ limit: 51 }, { state: 'FAILED', person: 3, before: '12', limit: 11 }])
})

for (const query of ['limit=0', 'limit=201', 'state=LOST', 'person=x', 'before=-1', 'colour=red']) {
  test(`a list with ${query} is 400`, async () => {
    assert.equal((await withImages({}).inject(`/v1/images?${query}`)).statusCode, 400)
  })
}

test('deleting a photo removes its file first, then the row, and answers 204 with nothing', async () => {
  const done: string[] = []
  const { app } = build({
    images: {
      get: async () => ({ image, faces: [] }),
      list: async () => [],
      delete: async (id) => done.push(`row ${id}`) > 0,
    },
    uploads: { maxBytes: 0, take: async () => assert.fail(), remove: async (path) => void done.push(`file ${path}`) },
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
    images: {
      get: async () => ({ image: { ...image, path }, faces: [] }),
      list: async () => [],
      delete: async (id) => deleted.push(id) > 0,
    },
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
  const away = async () => Promise.reject(new DatabaseUnavailable('away', { indeterminate: false }))
  const app = withImages({ list: away, get: away })
  for (const url of ['/v1/images', '/v1/images/7']) {
    const response = await app.inject(url)
    assert.equal(response.statusCode, 503)
    assert.ok(response.headers['retry-after'])
  }
})
