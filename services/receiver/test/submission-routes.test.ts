import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseUnavailableError, StatementTooLargeError } from '@livepods/sql'
import { eventually } from '@livepods/testing'
import { build } from './support/build.ts'

type App = ReturnType<typeof build>['app']

const post = (app: App, path: unknown, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/v1/images', payload: { path }, headers })
const postBatch = (app: App, paths: unknown) =>
  app.inject({ method: 'POST', url: '/v1/images/batch', payload: { paths } as object })

test('a photo is accepted with 202, its id, its status and its address', async () => {
  const { app, notified } = build()
  const response = await post(app, '/unknown_people/a.jpg')
  assert.equal(response.statusCode, 202)
  assert.deepEqual(response.json(), { id: '1', status: 'PENDING', href: '/v1/images/1' })
  assert.equal(response.headers.location, '/v1/images/1')
  assert.deepEqual(notified, ['1'])
})

test('the same path again is 200 with the same id and publishes nothing', async () => {
  const { app, notified } = build()
  const [first, again] = [await post(app, 'a.jpg'), await post(app, 'a.jpg')]
  assert.equal(again.statusCode, 200)
  assert.deepEqual(again.json(), first.json())
  assert.equal(notified.length, 1)
})

test('the same key and path is 200 with the same id; the same key with another path is 422', async () => {
  const { app } = build()
  const key = { 'idempotency-key': 'order-1' }
  assert.equal((await post(app, 'a.jpg', key)).statusCode, 202)
  const again = await post(app, 'a.jpg', key)
  assert.equal(again.statusCode, 200)
  assert.equal(again.json().id, '1')
  const other = await post(app, 'b.jpg', key)
  assert.equal(other.statusCode, 422)
  assert.match(other.json().detail, /Idempotency-Key/)
})

test('a key of 256 characters is refused', async () => {
  const { app } = build()
  assert.equal((await post(app, 'a.jpg', { 'idempotency-key': 'k'.repeat(256) })).statusCode, 400)
  assert.equal((await post(app, 'a.jpg', { 'idempotency-key': 'k'.repeat(255) })).statusCode, 202)
})

const refusals: [name: string, path: unknown][] = [
  ['an empty path', ''],
  ['a leading space', ' a.jpg'],
  ['a trailing space', 'a.jpg '],
  ['NUL', 'a\0.jpg'],
  ['a line break', 'a\n.jpg'],
  ['513 characters', 'a'.repeat(513)],
  ['a climb', '/unknown_people/../a.jpg'],
  ['a path outside the roots', '/etc/passwd'],
  ['a URL', 'http://example.org/a.jpg'],
  ['a lone surrogate', 'a\ud800.jpg'],
  ['a number', 12],
  ['null', null],
]
for (const [name, path] of refusals) {
  test(`${name} is 400 with a sentence, and nothing is stored`, async () => {
    const { app, store } = build()
    const response = await post(app, path)
    assert.equal(response.statusCode, 400)
    assert.match(response.json().detail, /\.$/)
    assert.equal(store.batches.length, 0)
  })
}

test('a body that is no JSON, or has unknown keys, is refused', async () => {
  const { app } = build()
  const json = { 'content-type': 'application/json' }
  const raw = (payload: string, headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/v1/images', payload, headers })
  assert.equal((await raw('{"path":', json)).statusCode, 400)
  assert.equal((await raw('{"path":"a.jpg","size":1}', json)).statusCode, 400)
})

test('a body is checked however its content type is written, and one that is no object is 400', async () => {
  const { app, store } = build()
  const raw = (payload: string, contentType: string) =>
    app.inject({ method: 'POST', url: '/v1/images', payload, headers: { 'content-type': contentType } })
  for (const contentType of [
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; a=b',
  ]) {
    for (const body of ['{"path":12}', '{}', '{"path":"a.jpg","size":1}', 'null', '[]', '"a.jpg"'])
      assert.equal((await raw(body, contentType)).statusCode, 400, `${contentType} ${body}`)
    assert.equal(store.batches.length, 0)
  }
})

test('request id and trace context are stored with the photo; a malformed trace context is not', async () => {
  const { app, store } = build()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await post(app, 'a.jpg', { 'x-request-id': 'r-1', traceparent })
  await post(app, 'b.jpg', { 'x-request-id': 'r-2', traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` })
  assert.deepEqual(
    store.batches.flat().map(({ context }) => context),
    [{ requestId: 'r-1', traceparent }, { requestId: 'r-2' }],
  )
})

test('a database that is away is 503 with Retry-After', async () => {
  const { app, store } = build()
  store.faults.push(new DatabaseUnavailableError('away', { indeterminate: false }))
  const response = await post(app, 'a.jpg')
  assert.equal(response.statusCode, 503)
  assert.match(String(response.headers['retry-after']), /^\d+$/)
  assert.equal((await post(app, 'a.jpg')).statusCode, 202)
})

test('a batch that is larger than the database takes is 413, and its paths are taken in smaller ones', async () => {
  const { app, store } = build()
  store.faults.push(new StatementTooLargeError(undefined))
  const { statusCode, body } = await postBatch(app, ['a.jpg', 'b.jpg'])
  assert.equal(statusCode, 413)
  assert.match(body, /max_allowed_packet.*Send fewer paths at once/)
  for (const path of ['a.jpg', 'b.jpg']) assert.equal((await postBatch(app, [path])).statusCode, 200)
})

test('too many waiting submissions are 503 with Retry-After, and those that wait are accepted', async () => {
  const { app, store } = build({ maxWaiting: 1 })
  const gate = Promise.withResolvers<void>()
  store.gate = gate.promise
  const answers: Awaited<ReturnType<typeof post>>[] = []
  const submit = async (path: string) => void answers.push(await post(app, path))
  const posts = [submit('1')]
  await eventually(() => assert.equal(store.batches.length, 1))
  posts.push(...['2', '3', '4'].map(submit))
  await eventually(() => assert.equal(answers.length, 2))
  gate.resolve()
  await Promise.all(posts)
  assert.deepEqual(
    answers.map(({ statusCode, headers }) => [statusCode, headers['retry-after']]),
    [
      [503, '1'],
      [503, '1'],
      [202, undefined],
      [202, undefined],
    ],
  )
})

test('the answer does not wait for the queue', async () => {
  const { app } = build({ notify: () => new Promise(() => {}) })
  assert.equal((await post(app, 'a.jpg')).statusCode, 202)
})

test('10 000 paths with bad ones among them have a result each, in their order', async () => {
  const { app, store } = build()
  const paths = Array.from({ length: 10_000 }, (_, index): unknown => `${index}.jpg`)
  paths.splice(0, 6, '', '../a', 12, null, '/etc/passwd', '9999.jpg')
  const response = await postBatch(app, paths)
  assert.equal(response.statusCode, 200)
  const { results } = response.json()
  assert.equal(results.length, 10_000)
  assert.ok(results.slice(0, 5).every(({ result, detail }: never) => result === 'refused' && /\.$/.test(detail)))
  assert.deepEqual(results[6], { result: 'accepted', id: '2', status: 'PENDING', href: '/v1/images/2' })
  assert.deepEqual(results[9999], { result: 'duplicate', id: '1', status: 'PENDING', href: '/v1/images/1' })
  assert.equal(store.batches.length, 20)
})

test('no path, 10 001 paths or something else than a list is 400', async () => {
  const { app } = build()
  for (const paths of [[], Array.from({ length: 10_001 }, () => 'a.jpg'), 'a.jpg', undefined]) {
    assert.equal((await postBatch(app, paths)).statusCode, 400)
  }
})

test('a body of 9 MB is 413, and so is one of 70 kB that brings a single path', async () => {
  const { app } = build()
  assert.equal((await postBatch(app, ['x'.repeat(9_000_000)])).statusCode, 413)
  assert.equal((await post(app, 'x'.repeat(70_000))).statusCode, 413)
})

test('a fifth concurrent batch is refused with 503, and accepted later', async () => {
  const { app, store } = build()
  const gate = Promise.withResolvers<void>()
  store.gate = gate.promise
  const inside = Promise.all([1, 2, 3, 4].map((number) => postBatch(app, [`${number}.jpg`])))
  await eventually(() => assert.equal(store.batches.length, 4))
  const fifth = await postBatch(app, ['5.jpg'])
  assert.equal(fifth.statusCode, 503)
  assert.equal(fifth.headers['retry-after'], '1')
  gate.resolve()
  assert.ok((await inside).every(({ statusCode }) => statusCode === 200))
  assert.equal((await postBatch(app, ['5.jpg'])).statusCode, 200)
})

test('the API is described with its answers', async () => {
  const { app } = build()
  const { paths } = (await app.inject('/openapi.json')).json()
  assert.deepEqual(Object.keys(paths).sort(), [
    '/image/post',
    '/images/post',
    '/v1/images',
    '/v1/images/batch',
    '/v1/images/{id}',
  ])
  const { responses } = paths['/v1/images'].post
  assert.deepEqual(Object.keys(responses), ['200', '202', '400', '413', '415', '422', '503', '507'])
  assert.ok(responses['202'].content['application/json'].schema.properties.href)
  assert.equal((await app.inject('/docs/')).statusCode, 200)
})
