import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseUnavailableError } from '@livepods/sql'
import { build } from './support/build.ts'

type App = ReturnType<typeof build>['app']

const FORM = 'application/x-www-form-urlencoded' // what `curl -d` sends

const post = (app: App, url: string, payload: string, type: string | undefined = FORM) =>
  app.inject({ method: 'POST', url, payload, headers: type === undefined ? {} : { 'content-type': type } })

test('a photo is answered with kube-cluster-sample’s text', async () => {
  const { app, notified } = build()
  const response = await post(app, '/image/post', '{"path":"/unknown_people/unknown220.jpg"}')
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(
    response.body,
    'got path: {Path:/unknown_people/unknown220.jpg}\n' +
      'got paths: {Paths:[{Path:/unknown_people/unknown220.jpg}]}\n' +
      'image saved with id: 1\nimage sent to nsq\n',
  )
  assert.deepEqual(notified, ['1'])
})

test('several photos are answered with kube-cluster-sample’s text, also where one is there already', async () => {
  const { app } = build()
  await post(app, '/image/post', '{"path":"b.jpg"}')
  const response = await post(app, '/images/post', '{"paths":[{"path":"a.jpg"},{"path":"b.jpg"},{"path":"c.jpg"}]}')
  assert.equal(response.statusCode, 200)
  assert.equal(
    response.body,
    'got paths: {Paths:[{Path:a.jpg} {Path:b.jpg} {Path:c.jpg}]}\n' +
      'image saved with id: 2\nimage sent to nsq\n' +
      "got error while saving image: image with path 'b.jpg' already exists; moving on to next..." +
      'image saved with id: 3\nimage sent to nsq\n',
  )
})

test('a duplicate is 200 with kube-cluster-sample’s sentence', async () => {
  const { app } = build()
  await post(app, '/image/post', '{"path":"a.jpg"}')
  const response = await post(app, '/image/post', '{"path":"a.jpg"}')
  assert.equal(response.statusCode, 200)
  assert.equal(
    response.body,
    'got path: {Path:a.jpg}\ngot paths: {Paths:[{Path:a.jpg}]}\n' +
      "got error while saving image: image with path 'a.jpg' already exists; moving on to next...",
  )
})

for (const type of ['application/json', 'text/plain', 'application/octet-stream', 'nonsense', undefined]) {
  test(`JSON is read whatever the content type: ${type ?? 'none'}`, async () => {
    const { app } = build()
    const response = await post(app, '/image/post', '{"path":"a.jpg","more":true}', type)
    assert.equal(response.statusCode, 200)
  })
}

test('an Idempotency-Key of any kind does not disturb kube-cluster-sample’s endpoints', async () => {
  const { app, store } = build()
  const headers = { 'content-type': FORM, 'idempotency-key': 'k'.repeat(300) }
  const response = await app.inject({ method: 'POST', url: '/image/post', payload: '{"path":"a.jpg"}', headers })
  assert.equal(response.statusCode, 200)
  assert.equal(store.batches[0]?.[0]?.key, undefined)
})

test('bad JSON, no path and an empty path are 400 where kube-cluster-sample said 200', async () => {
  const { app, store } = build()
  for (const body of ['{"path":', '', '[]', 'null', '{}', '{"path":""}', '{"path":1}']) {
    assert.equal((await post(app, '/image/post', body)).statusCode, 400, body)
  }
  for (const body of ['{"paths":', '', '{}', '{"paths":[]}', '{"paths":["a.jpg"]}', '{"paths":[{"path":""}]}']) {
    assert.equal((await post(app, '/images/post', body)).statusCode, 400, body)
  }
  assert.equal(store.batches.length, 0)
  assert.match((await post(app, '/image/post', '{')).json().detail, /^got error while decoding body: /)
})

test('a refused path among good ones has its line with the reason, and the others are taken', async () => {
  const { app, notified } = build()
  const response = await post(
    app,
    '/images/post',
    '{"paths":[{"path":"a.jpg"},{"path":"/etc/passwd"},{"path":"c.jpg"}]}',
  )
  assert.equal(response.statusCode, 200)
  const [first, ...rest] = response.body.split('\n').slice(1, -1)
  assert.equal(first, 'image saved with id: 1')
  assert.match(
    rest.join('\n'),
    /^image sent to nsq\ngot error while saving image: image with path '\/etc\/passwd' was refused: .*outside the folders.* moving on to next\.\.\.image saved with id: 2\nimage sent to nsq$/,
  )
  assert.deepEqual(notified, ['1', '2'])
})

test('when every path is refused it is 400 with the index of each by reason, and nothing is stored', async () => {
  const { app, store } = build()
  const paths = ['/etc/passwd', '', '/etc/shadow'].map((path) => ({ path }))
  const response = await post(app, '/images/post', JSON.stringify({ paths }))
  assert.equal(response.statusCode, 400)
  assert.match(response.json().detail, /^None of the paths was accepted\. 0, 2: .*outside the folders.* 1: The path is/)
  assert.equal(store.batches.length, 0)
})

test('another method than POST is 405 and says which one is possible', async () => {
  const { app } = build()
  for (const url of ['/image/post', '/images/post?x=1']) {
    const response = await app.inject(url)
    assert.deepEqual([response.statusCode, response.headers.allow], [405, 'POST'], url)
  }
})

test('a queue that hangs delays the answer by two seconds at most and does not change it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const reached = Promise.withResolvers<void>()
  const notify = () => {
    reached.resolve()
    return new Promise<void>(() => {})
  }
  const { app } = build({ notify })
  let answered = false
  const response = post(app, '/image/post', '{"path":"a.jpg"}').finally(() => (answered = true))
  await reached.promise
  await new Promise(setImmediate)
  t.mock.timers.tick(1999)
  await new Promise(setImmediate)
  assert.equal(answered, false)
  t.mock.timers.tick(1)
  assert.match((await response).body, /image sent to nsq\n$/)
})

test('a database that is away is 503 with Retry-After', async () => {
  const { app, store } = build()
  store.faults.push(new DatabaseUnavailableError('away', { indeterminate: false }))
  const response = await post(app, '/image/post', '{"path":"a.jpg"}')
  assert.equal(response.statusCode, 503)
  assert.ok(response.headers['retry-after'])
})

test('a body of 70 kB with one path and one of 9 MB with many are 413', async () => {
  const { app } = build()
  assert.equal((await post(app, '/image/post', 'x'.repeat(70_000))).statusCode, 413)
  assert.equal((await post(app, '/images/post', 'x'.repeat(9_000_000))).statusCode, 413)
})
